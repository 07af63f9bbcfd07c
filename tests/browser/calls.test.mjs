// Phone intake by the keyboard alone: ten calls with their keys counted, and what goes wrong in the middle of a call.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import AxeBuilder from "@axe-core/playwright";
import { tenCalls } from "./ten_calls.mjs";
import { claim, visit } from "./visitor.mjs";

const run = promisify(execFile);
const MOST_KEYS = 12;
const desk = async (...errand) => JSON.parse((await run(process.env.BROWSER_TESTS_PYTHON, ["-m", "tests.browser.call_desk", ...errand])).stdout);
let facts;

claim("ten calls need at most twelve keystrokes beyond the words typed, at the median", {}, async (page) => {
  await atTheDesk(page);
  const counts = [];
  let before = await desk("last");
  for (const call of tenCalls(facts)) {
    const keys = await take(page, call);
    counts.push(keys);
    console.error(`${String(keys).padStart(3)} keys  ${call.name}`);
    before = await check(call, before);
    await page.waitForURL(/\/calls\/new\//);
    assert.equal(await page.locator("[name=place]").inputValue(), "", `after “${call.name}” the page is clear for the next call`);
  }
  const median = counts.sort((one, other) => one - other).slice(4, 6).reduce((sum, keys) => sum + keys / 2, 0);
  console.error(`${String(median).padStart(3)} keys  at the median`);
  assert.ok(median <= MOST_KEYS, `the median is ${median}`);
});

claim("a caller is asked about their earlier request by their telephone number", {}, async (page) => {
  await atTheDesk(page);
  const before = await desk("last");
  await page.keyboard.type("(617) 555 0188");
  await press(page, "Enter");
  assert.match(await page.locator("#part-earlier").innerText(), /Missed trash/);
  await press(page, "1");
  assert.match(await page.locator("#part-panel").innerText(), /Told them: count the call/);
  await press(page, "Enter");
  await page.waitForURL(/counted=call/);
  const after = await desk("last");
  assert.equal(after.counted, before.counted + 1);
  assert.equal(after.requests, before.requests);
});

claim("what is typed ahead of the page is not lost", {}, async (page) => {
  await atTheDesk(page);
  await page.route("**/calls/**", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 250));
    await route.continue();
  });
  const { keyboard } = page;
  await keyboard.type("79 saddler");
  await keyboard.press("Enter");
  await keyboard.type("graffiti");
  await keyboard.press("Enter");
  await keyboard.type("On the wall by the stairs");
  await page.waitForFunction(() => document.querySelector("[name=description]").value === "On the wall by the stairs");
  assert.equal(await page.locator("[name=place]").inputValue(), "79 Saddler Avenue");
  assert.equal(await page.locator("[name=what]").inputValue(), "Graffiti");
});

claim("a reload, a lost connection and a lost session keep what was typed", { expects: [/ERR_INTERNET_DISCONNECTED|Failed to load resource/] }, async (page) => {
  await atTheDesk(page);
  await halfACall(page, "79 saddler");
  await page.reload();
  await page.waitForFunction(() => document.querySelector("[name=description]").value === "On the wall by the stairs");
  assert.match(await page.locator("#part-place").innerText(), /79 Saddler Avenue/);

  await page.context().setOffline(true);
  await page.locator("[name=description]").focus();
  await page.keyboard.press("F9");
  await page.locator("[data-call-alert]:not([hidden])").waitFor();
  assert.match(await page.locator("[data-call-alert]").innerText(), /kept in this tab/);
  await page.context().setOffline(false);

  const cookies = await page.context().cookies();
  await page.context().clearCookies({ name: "console" });
  assert.notEqual((await page.context().cookies()).length, cookies.length, "the session is gone");
  await page.keyboard.press("F9");
  await page.waitForFunction(() => /signed out/.test(document.querySelector("[data-call-alert]").textContent));
  await signIn(page);
  await page.waitForFunction(() => document.querySelector("[name=description]")?.value === "On the wall by the stairs");
});

claim("a double Enter makes one request", {}, async (page) => {
  await atTheDesk(page);
  const before = await desk("last");
  await halfACall(page, "209 agate");
  await press(page, "Enter");
  await press(page, "1");
  await page.locator("[data-primary]").focus();
  await Promise.all([page.keyboard.press("Enter"), page.keyboard.press("Enter"), page.keyboard.press("F9")]);
  await page.waitForURL(/was=(new|again)/);
  assert.equal((await desk("last")).requests, before.requests + 1);
});

claim("a service that was retired while the form was open is said, and nothing typed is lost", {}, async (page) => {
  await atTheDesk(page);
  await halfACall(page, "79 saddler");
  await desk("retire", "GRAFFITI");
  try {
    await page.keyboard.press("F9");
    await page.locator(".error-summary").waitFor();
    assert.match(await page.locator(".error-summary").innerText(), /taken off the list/);
    assert.equal(await page.locator("[name=description]").inputValue(), "On the wall by the stairs");
  } finally {
    await desk("retire", "GRAFFITI", "yes");
  }
});

claim("a place outside the city is said at once", {}, async (page) => {
  await atTheDesk(page);
  await page.keyboard.type("37.3, -70.02");
  await press(page, "Enter");
  assert.match(await page.locator("#part-place").innerText(), /outside Harbor Bend/);
  assert.equal(await page.evaluate(() => document.activeElement.name), "place", "the question is still where it is");
});

claim("without script a call is taken with several sendings", { script: false }, async (page) => {
  await atTheDesk(page);
  const before = await desk("last");
  await page.locator("[name=place]").fill("meridian");
  await page.getByRole("button", { name: "Find the place" }).click();
  await page.locator("[name=place_choice]").first().click();
  await page.locator("[name=what]").fill("big hole");
  await page.getByRole("button", { name: "Find what fits" }).click();
  await page.getByRole("button", { name: "Pothole" }).click();
  await page.locator("[name=description]").fill("Taken without script");
  await page.locator("[name=a_WHERE_ON_ROAD]").first().check();
  await page.getByRole("button", { name: /Make the request/ }).click();
  await page.waitForURL(/was=new/);
  const { requests, request } = await desk("last");
  assert.equal(requests, before.requests + 1);
  assert.equal(request.words, "Taken without script");
});

claim("the page of a call passes axe at both widths, light and dark", {}, async (page) => {
  await page.context().close();
  for (const look of [{ width: 1280 }, { width: 768, dark: true }]) {
    const other = await visit(look);
    await atTheDesk(other);
    await halfACall(other, "elm & maple");
    const { violations } = await new AxeBuilder({ page: other }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]).analyze();
    assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(", ")}`), []);
    const overflow = await other.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `no sideways scrolling at ${look.width} px`);
    await other.context().close();
  }
});

async function atTheDesk(page) {
  facts ??= await desk("prepare");
  await page.goto("/console/calls/new/");
  await signIn(page);
}

async function signIn(page) {
  if (!page.url().includes("/login/")) await page.goto("/console/login/?next=/console/calls/new/");
  await page.locator("[name=username]").fill(facts.username);
  await page.locator("[name=password]").fill(facts.password);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/calls/new/");
}

async function halfACall(page, place) {
  await page.keyboard.type(place);
  await press(page, "Enter");
  await page.keyboard.type("graffiti");
  await press(page, "Enter");
  await page.keyboard.type("On the wall by the stairs");
}

/** Press a key as somebody does who looks at the page: what it sets off has come before the next. */
async function press(page, key) {
  await page.keyboard.press(key);
  await page.waitForTimeout(60);
  await page.waitForFunction(() => !document.querySelector("form[data-call][aria-busy]"));
}

/** Takes a call as written, and begins the next; gives the number of keys beyond the words. */
async function take(page, { name, steps, then }) {
  let keys = 0;
  for (const step of steps) {
    if (step.type) await page.keyboard.type(step.type);
    else {
      keys += 1;
      await press(page, step.key);
    }
  }
  const place = { number: /was=new/, joined: /was=joined/, counted: /counted=call/, emergency: /counted=emergency/ }[then];
  await page.waitForURL(place).catch(async (error) => {
    const focus = await page.evaluate(() => document.activeElement.outerHTML.slice(0, 200));
    throw new Error(`“${name}” did not end: the focus is on ${focus}. ${error.message}\n${await page.locator("main").innerText()}`);
  });
  if (then === "number" || then === "joined") {
    assert.match(await page.locator(".call-done__spoken").innerText(), /^\p{L}+ \p{L}+ \p{L}+, /u, "the number is told in words");
    await page.keyboard.press("Enter");
    keys += 1;
  }
  return keys;
}

async function check({ name, expect, then }, before) {
  const after = await desk("last");
  const isRequest = then === "number";
  assert.equal(after.requests - before.requests, Number(isRequest), `${name}: requests made`);
  assert.equal(after.counted - before.counted, Number(["counted", "emergency"].includes(then)), `${name}: calls counted`);
  if (expect.joined) assert.equal((await desk("supporters", expect.joined)).supporters, 1, name);
  const found = isRequest ? after.request : after.information;
  for (const [field, value] of Object.entries(expect)) if (field !== "joined") assert.equal(found[field], value, `${name}: ${field}`);
  if (isRequest) assert.deepEqual([found.channel, found.made_by, found.entered_by], ["phone", "resident", "cora"], `${name}: who reported and who entered it`);
  return after;
}

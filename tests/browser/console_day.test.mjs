// One day at the counter: call, duplicate, question, answer, closing with a photo, veto. Each person in a browser of their own, with what stands there.
import assert from "node:assert/strict";
import { before } from "node:test";
import { report } from "./journey.mjs";
import { desk, signedIn } from "./console_people.mjs";
import { cameraPhoto, claim, complain, mailTo, visit } from "./visitor.mjs";

const WHERE = "386 Clover Avenue";
const REPORTER = `rosa.${Date.now()}@home.test`;
const people = {};
let failure;

before(async () => {
  try {
    const staff = await desk("staff", "day");
    for (const role of ["call_taker", "agent", "dispatcher"]) people[role] = await signedIn(staff, role);
  } catch (error) {
    failure = error; // told by each claim
  }
});

claim("a call is a duplicate, the first reporter is asked and answers, the crew closes with a photo, and a veto reaches the supervisor", {}, async (resident) => {
  if (failure) throw failure;
  const { call_taker: cora, agent: amir, dispatcher: dara } = people;
  const photo = await cameraPhoto("crew.jpg", 36.923487, -70.024275);
  const first = await report(resident, { service: "POTHOLE", address: WHERE, words: "A hole at the curb", contact: { name: "Rosa Diaz", email: REPORTER } });
  const vetoesBefore = await vetoes(dara);

  const second = await takeCall(cora, { place: WHERE, words: "The caller’s wheel went into it" });
  assert.notEqual(second, first.reference);

  await openFromQueue(amir, second);
  await beside(amir, first.reference).waitFor();
  await act(amir, "Duplicate of…");
  await amir.locator(`input[name=near][value="${first.reference}"]`).check();
  await amir.locator("[name=words]").fill("It was reported the day before.");
  await amir.getByRole("button", { name: "Close it as a duplicate" }).click();
  await amir.locator(".notice--success").waitFor();
  await beside(amir, first.reference).click();
  await amir.waitForURL(`**/console/requests/${first.reference}/`);
  assert.match(await amir.locator(".desk__side").innerText(), /1 duplicate/);

  await act(amir, "Ask the reporter…");
  await amir.locator("[name=words]").fill("Is it in the bicycle lane?");
  await amir.getByRole("button", { name: "Send the question" }).click();
  await amir.locator(".notice--success").waitFor();
  const link = (await mailTo(REPORTER, "A question to you")).text.match(/http\S+\/answer\/\S+/)[0];
  await resident.goto(link);
  assert.match(await resident.locator("main").innerText(), /Is it in the bicycle lane\?/);
  await resident.locator("[name=words]").fill("Yes, and it grows with every rain.");
  await resident.getByRole("button", { name: "Send the answer" }).click();
  await resident.getByText("The city has your answer").waitFor();

  await amir.reload();
  assert.match(await amir.locator("#history").innerText(), /Yes, and it grows with every rain\./);
  await act(amir, "Close…");
  await amir.getByRole("radio", { name: "Fixed" }).check();
  await amir.locator("[name=photos]").setInputFiles(photo);
  await amir.locator("[name=words]").fill("Filled and rolled this morning.");
  await amir.getByRole("button", { name: "Close the request" }).click();
  await amir.locator(".notice--success").waitFor();
  assert.match(await amir.locator("#history").innerText(), /Filled and rolled this morning\./);
  assert.ok((await amir.locator("#history img[src*='/photos/']").count()) > 0, "the photo of the work stands in the history");

  await mailTo(REPORTER, "Fixed");
  await resident.goto(first.privatePath);
  assert.match(await resident.locator("main").innerText(), /Filled and rolled this morning\./);
  await resident.getByRole("link", { name: "It is not fixed" }).click();
  await resident.locator("[name=words]").fill("Only half of it was filled.");
  await resident.getByRole("button", { name: "Say that it is not fixed" }).click();
  await resident.getByText("Only half of it was filled.").first().waitFor();

  assert.equal(await vetoes(dara), vetoesBefore + 1, "the veto is counted");
  await disputed(dara).click();
  await dara.waitForURL(/state=reopen_requested/);
  await dara.locator(`#r-${first.reference}`).waitFor();
  await dara.goto("/console/");
  await dara.locator(".queue-views").getByRole("link", { name: /Said to be not fixed/ }).click();
  await dara.locator(`#r-${first.reference} .queue__open`).click();
  assert.match(await dara.locator("#history").innerText(), /Only half of it was filled\./);
  assert.match(await dara.locator("main").innerText(), /said to be not fixed once/);
  for (const page of [cora, amir, dara]) complain(page);
});

claim("keys lead through the queue and open a request, `?` lists them, and they rest while one types", {}, async () => {
  if (failure) throw failure;
  const { dispatcher: page } = people;
  const { keyboard } = page;
  await page.goto("/console/");
  assert.deepEqual(await listedKeys(page, ["j k", "Enter", "x", "/", "?"]), []);

  const rows = await page.locator("tr[data-row]").evaluateAll((all) => all.map((row) => row.dataset.row));
  for (const key of ["j", "j", "k", "j"]) await keyboard.press(key);
  assert.equal(await page.locator("tr[data-current]").getAttribute("data-row"), rows[1]);
  await keyboard.press("x");
  assert.ok(await page.locator(`#r-${rows[1]} [name=chosen]`).isChecked(), "x selects the row");

  await keyboard.press("/");
  await keyboard.type("jkx?2");
  assert.equal(await page.locator("#queue-q").inputValue(), "jkx?2");
  assert.equal(await page.locator("tr[data-current]").getAttribute("data-row"), rows[1], "no key moves the rows while one types");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  await page.locator("#queue-q").fill("");
  await page.locator("#queue-q").blur();
  await keyboard.press("j");
  await keyboard.press("Enter");
  await page.waitForURL(`**/console/requests/${rows[2]}/`);
  assert.deepEqual(await listedKeys(page, ["n", "q", "?"]), []);

  await keyboard.press("n");
  await page.waitForURL("**/note/");
  await page.waitForFunction(() => document.activeElement.name === "words");
  await keyboard.type("q? n: the words of a note");
  assert.equal(await page.locator("[name=words]").inputValue(), "q? n: the words of a note");
  await keyboard.press("Control+Enter");
  await page.waitForURL((at) => at.pathname === `/console/requests/${rows[2]}/`);
  assert.match(await page.locator("#history").innerText(), /q\? n: the words of a note/);
  await keyboard.press("q");
  await page.waitForURL((at) => at.pathname === "/console/");
  complain(page);
});

/** As a call taker does it who looks at the page: field after field, and Enter goes on. Gives the new number. */
async function takeCall(page, { place, words }) {
  await page.goto("/console/");
  await page.getByRole("link", { name: "Take a call" }).click();
  await page.waitForURL("**/calls/new/");
  await type(page, place, "Enter");
  await type(page, "pothole", "Enter");
  await page.locator("#part-similar [name=same]").first().waitFor({ state: "attached" });
  await page.locator("[name=description]").fill(words);
  await page.locator("[name=a_WHERE_ON_ROAD]").first().check();
  await page.getByRole("button", { name: /Make the request/ }).click();
  await page.waitForURL(/was=new/);
  return new URL(page.url()).pathname.split("/")[3];
}

async function type(page, words, key) {
  await page.keyboard.type(words);
  await page.keyboard.press(key);
  await page.waitForTimeout(60);
  await page.waitForFunction(() => !document.querySelector("form[data-call][aria-busy]"));
}

async function openFromQueue(page, reference) {
  await page.goto("/console/");
  await page.locator("#queue-q").fill(numberOf(reference));
  await page.locator("#queue-q").press("Enter");
  const row = page.locator(`#r-${reference} .queue__open`);
  await Promise.race([row.waitFor(), page.waitForURL(`**/requests/${reference}/`)]);
  if (!page.url().includes(reference)) await row.click();
  await page.waitForURL(`**/console/requests/${reference}/`);
}

/** The request among those that stand beside the one that is open. */
const beside = (page, reference) => page.locator(".desk__side").getByRole("link", { name: numberOf(reference), exact: true }).first();
const act = (page, name) => page.locator(".desk__actions").getByRole("link", { name }).click();
const numberOf = (reference) => `${reference.slice(0, 3)}-${reference.slice(3, 6)}-${reference.slice(6)}`;
const disputed = (page) => page.locator(".figures__tiles a", { hasText: "said to be not fixed" });

async function vetoes(page) {
  await page.goto("/console/figures/");
  return Number((await disputed(page).locator(".tile__number").innerText()).replace(/\D/g, ""));
}

/** Those of `wanted` that the list of keys does not name; opens it with `?` and closes it with Escape. */
async function listedKeys(page, wanted) {
  await page.keyboard.press("?");
  const dialog = page.locator("dialog[data-keys-dialog][open]");
  await dialog.waitFor();
  const listed = await dialog.locator("tbody td").allInnerTexts();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  return wanted.filter((keys) => !listed.some((words) => words.trim() === keys));
}

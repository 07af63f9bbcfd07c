// The same way with a keyboard alone: Tab, Enter, Space, arrow keys and typing. No step touches the mouse.
import assert from "node:assert/strict";
import { sent, stepOf } from "./journey.mjs";
import { claim, counter } from "./visitor.mjs";

const MOST_TABS = 90;

claim("with the keyboard alone a pothole is reported by address, its pin moved, and the report sent", {}, async (page) => {
  await page.goto("/");
  await page.keyboard.press("Tab");
  assert.match(await focused(page), /Skip to the main content/, "the first stop leads past the header");
  await page.keyboard.press("Enter");
  await tabTo(page, /^Report a problem/);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/report/");

  await tabTo(page, /^Search by a word/);
  await page.keyboard.type("pothole");
  await tabTo(page, /^Pothole/);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/place/");

  await tabTo(page, /^Address or corner/);
  await page.keyboard.type("150 meridian");
  await page.locator("[role=option]").first().waitFor();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("[role=combobox]").getAttribute("aria-activedescendant"), await page.locator("[role=option]").first().getAttribute("id"));
  await page.keyboard.press("Enter");
  assert.match(await page.locator("[name=address]").inputValue(), /^150 Meridian Avenue/);
  const before = await page.locator("[name=lat]").inputValue();

  await tabTo(page, /^Pin:/);
  const described = page.waitForResponse(/\/places\/describe\.json/);
  for (let step = 0; step < 6; step += 1) await page.keyboard.press("ArrowUp");
  await described;
  await page.waitForFunction((lat) => Number(document.querySelector("[name=lat]").value) > Number(lat), before);
  await page.waitForFunction(() => document.querySelector("[data-place-result]").textContent.includes("Meridian"));
  const moved = Number(await page.locator("[name=lat]").inputValue());
  await tabTo(page, /^Continue/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/(details|similar)\//);
  if (stepOf(page) === "similar") {
    await tabTo(page, /^None of these/);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/details/");
  }

  await tabTo(page, /^What is the matter/);
  await page.keyboard.type("Reported without a mouse");
  await tabTo(page, /^In a driving lane/);
  await page.keyboard.press("ArrowDown");
  assert.match(await focused(page), /^In a bicycle lane/);
  await tabTo(page, /^Continue/);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/contact/");
  await tabTo(page, /^Continue/);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/check/");
  assert.match(await page.locator("main").innerText(), /In a bicycle lane/);
  await tabTo(page, /^Send my report/);
  await page.keyboard.press("Enter");
  const { reference } = await sent(page);
  const kept = await counter("place", reference);
  assert.ok(Math.abs(kept.lat - moved) < 1e-5, `the pin's place is kept: ${kept.lat} is not ${moved}`);
});

claim("an error takes the focus to its summary, and the summary leads to the field", {}, async (page) => {
  await page.goto("/report/?service=POTHOLE");
  await tabTo(page, /^Report this/);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/place/");
  await tabTo(page, /^Continue/);
  await page.keyboard.press("Enter");
  await page.locator(".error-summary").waitFor();
  assert.ok(await page.evaluate(() => document.activeElement.closest(".error-summary") !== null), "the summary has the focus");
  await tabTo(page, /^Tell us where it is/);
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.name), "address");
});

claim("the address list closes with Escape and leaves what was typed", {}, async (page) => {
  await page.goto("/report/?service=POTHOLE");
  await tabTo(page, /^Report this/);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/place/");
  await tabTo(page, /^Address or corner/);
  await page.keyboard.type("150 meridian");
  await page.locator("[role=option]").first().waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("[role=listbox]").isVisible(), false);
  assert.equal(await page.locator("[name=address]").inputValue(), "150 meridian");
});

/** Tab until what has the focus is called by `words`. */
async function tabTo(page, words) {
  const passed = [];
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    const name = await focused(page);
    if (words.test(name)) return;
    passed.push(name);
    await page.keyboard.press("Tab");
  }
  throw new Error(`Expected to reach ${words} with the Tab key. Passed: ${passed.join(" | ")}`);
}

/** What a screen reader would call the element with the focus, roughly: its label, else its words. */
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.innerText ?? element.innerText ?? "";
    return name.trim().replace(/\s+/g, " ");
  });
}

// Danger goes to the telephone, not into a form that somebody reads tomorrow.
import assert from "node:assert/strict";
import { begin, goOn, passSafety, stepOf, tokenOf } from "./journey.mjs";
import { claim } from "./visitor.mjs";

claim("a dangerous answer shows the number to call, and no way on with it", { width: 360, script: false }, async (page) => {
  await begin(page, "SIGNAL");
  assert.equal(stepOf(page), "safety");
  await page.locator("input[type=radio][value=yes]").first().check();
  await goOn(page);
  const panel = page.locator(".emergency-panel");
  assert.match(await panel.innerText(), /Treat it as an all-way stop and call 911 now/);
  assert.equal(await panel.locator("a[href='tel:911']").count(), 1);
  assert.equal(await page.locator("main form").count(), 0, "nothing can be sent from here");
  for (const step of ["place", "details", "contact", "check"]) {
    await page.goto(`/report/${tokenOf(page)}/${step}/`);
    assert.equal(stepOf(page), "safety", `the step ${step} is not to be had`);
  }
});

claim("whoever answered by mistake may answer again", { script: false }, async (page) => {
  await begin(page, "SIGNAL");
  await page.locator("input[type=radio][value=yes]").first().check();
  await goOn(page);
  await page.getByRole("link", { name: /answer again/ }).click();
  await passSafety(page);
  assert.equal(stepOf(page), "place");
});

claim("an unanswered question of danger is asked again", { script: false }, async (page) => {
  await begin(page, "SIGNAL");
  await goOn(page);
  assert.match(await page.locator(".error-summary").innerText(), /yes or no/);
});

claim("one dangerous answer is enough, whatever else was left open", { script: false }, async (page) => {
  await begin(page, "POWER_OUTAGE");
  await page.locator("input[type=radio][value=yes]").first().check();
  await goOn(page);
  assert.equal(await page.locator(".emergency-panel a[href='tel:911']").count(), 1);
});

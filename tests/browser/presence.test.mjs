// Two at one request: each is told of the other while both look at it, and neither is kept from anything.
import assert from "node:assert/strict";
import { before } from "node:test";
import { desk, signedIn } from "./console_people.mjs";
import { graveFindings } from "./inspection.mjs";
import { claim, complain } from "./visitor.mjs";

const people = {};
let staff, request, failure;

before(async () => {
  try {
    staff = await desk("staff", "beside");
    ({ requests: [request] } = await desk("worked", staff.names.agent));
    for (const role of ["agent", "dispatcher"]) people[role] = await signedIn(staff, role);
  } catch (error) {
    failure = error; // told by each claim
  }
});

claim("who opens a request that a colleague has open is told so, on its page and at its forms, and the colleague too", {}, async () => {
  if (failure) throw failure;
  const { agent: amir, dispatcher: dara } = people;
  await amir.goto(`/console/requests/${request}/`);
  await told(amir, "");
  await dara.goto(`/console/requests/${request}/answer/`);
  await told(dara, "Amir Beside has this open");
  await amir.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))); // as on coming back to the tab; else within half a minute
  await told(amir, "Dara Beside has this open");
  assert.deepEqual(await graveFindings(amir), []);
  await dara.locator("[name=words]").fill("A crew comes tomorrow.");
  await dara.locator("[data-submit]").click();
  await dara.locator(".notice--success").waitFor();
  for (const page of [amir, dara]) complain(page);
});

claim("without a script the line is empty and takes no room", { script: false }, async (page) => {
  if (failure) throw failure;
  await page.context().addCookies(await people.agent.context().cookies());
  await page.goto(`/console/requests/${request}/`);
  assert.equal(await page.locator("[data-presence]").textContent(), "");
  assert.equal((await page.locator("[data-presence]").boundingBox()).height, 0);
});

/** Waits until the page has asked, and says this. */
async function told(page, words) {
  await page.waitForResponse((response) => response.url().endsWith("/presence/"), { timeout: 3000 }).catch(() => {}); // it may have been before
  await page.waitForFunction((wanted) => document.querySelector("[data-presence]").textContent === wanted, words);
}

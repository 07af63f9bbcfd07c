// Whose place counts: what a person says last, never what a device or a camera noted by itself.
import assert from "node:assert/strict";
import { begin, goOn, passSimilar, POTHOLE, reportUpTo, sayContact, sayDetails, sayPlace, sent, stepOf } from "./journey.mjs";
import { cameraPhoto, claim, counter } from "./visitor.mjs";

const MERIDIAN = [36.923487, -70.024275]; // 55 Meridian Avenue
const COMMONWEAL = [36.926094, -70.002934]; // 5 Commonweal Boulevard
const FAR_AWAY = [37.3, -70.02];
const address = (page) => page.locator("[name=address]");
const result = (page) => page.locator("[data-place-result]");
const useMyLocation = (page) => page.getByRole("button", { name: "Use my location" });

claim("one's own location in the city fills the address and is taken", { location: MERIDIAN }, async (page) => {
  await begin(page, POTHOLE.service);
  await useMyLocation(page).click();
  await page.waitForFunction(() => /Meridian Avenue/.test(document.querySelector("[name=address]").value));
  assert.match(await result(page).innerText(), /Meridian Avenue/);
  await goOn(page);
  await passSimilar(page);
  assert.equal(stepOf(page), "details");
});

claim("one's own location outside of the city is said to be outside, at once and after sending", { location: FAR_AWAY }, async (page) => {
  await begin(page, POTHOLE.service);
  await useMyLocation(page).click();
  await page.waitForFunction(() => /outside/i.test(document.querySelector("[data-place-result]").textContent));
  await goOn(page);
  assert.equal(stepOf(page), "place");
  assert.match(await page.locator(".error-summary").innerText(), /outside Harbor Bend/);
});

claim("who reports for somebody else is never placed where they are themselves", { location: MERIDIAN }, async (page) => {
  await begin(page, POTHOLE.service);
  await useMyLocation(page).click();
  await page.waitForFunction(() => document.querySelector("[name=lat]").value !== "");
  await page.locator("[name=for_whom][value=else]").check();
  assert.equal(await page.locator("[name=lat]").inputValue(), "", "the place found before is put away");
  assert.equal(await useMyLocation(page).isEnabled(), false);
  await goOn(page);
  assert.equal(stepOf(page), "place", "without a place there is no way on");
  await sayPlace(page, "5 Commonweal Boulevard");
  await passSimilar(page);
  assert.equal(stepOf(page), "details");
});

claim("a browser that does not share its place says so and leaves the other ways", {}, async (page) => {
  await begin(page, POTHOLE.service);
  await useMyLocation(page).click();
  await page.waitForFunction(() => /did not share|could not be found/.test(document.querySelector("[data-locate-status]").textContent));
  assert.ok(await address(page).isEnabled());
});

claim("a photo's place is only a suggestion, and is taken where it is chosen", { script: false }, async (page) => {
  const photo = await cameraPhoto("suggests.jpg", ...COMMONWEAL);
  await begin(page, POTHOLE.service);
  await page.locator("details summary").filter({ hasText: "from a photo" }).click();
  await page.locator("[name=photo]").setInputFiles(photo);
  await goOn(page);
  assert.equal(stepOf(page), "place", "the photo alone decides nothing");
  assert.equal(await address(page).inputValue(), "");
  await page.getByRole("radio", { name: /Commonweal/ }).check();
  await goOn(page);
  await passSimilar(page);
  assert.equal(stepOf(page), "details");
});

claim("an address typed last wins over photo, device and pin", { location: COMMONWEAL }, async (page) => {
  const photo = await cameraPhoto("elsewhere.jpg", ...COMMONWEAL);
  await begin(page, POTHOLE.service);
  await page.locator("details summary").filter({ hasText: "from a photo" }).click();
  await page.locator("[name=photo]").setInputFiles(photo);
  await goOn(page);
  await useMyLocation(page).click();
  await page.waitForFunction(() => document.querySelector("[name=lat]").value !== "");
  const canvas = page.locator("[data-map-canvas]");
  await canvas.scrollIntoViewIfNeeded();
  await canvas.click({ position: { x: 300, y: 400 } });
  await page.waitForFunction(() => document.querySelector("[name=place_source]").value === "pin");
  await page.waitForFunction(() => document.querySelector("[name=address]").value !== "");
  await address(page).fill("55 Meridian Avenue");
  assert.equal(await page.locator("[name=lat]").inputValue(), "", "typing puts the pin away");
  await address(page).press("Escape");
  await goOn(page);
  await passSimilar(page);
  await sayDetails(page, "The typed address counts");
  await sayContact(page);
  await goOn(page);
  const kept = await counter("place", (await sent(page)).reference);
  assert.equal(kept.address, "55 Meridian Avenue");
  assert.ok(Math.abs(kept.lat - MERIDIAN[0]) < 1e-5 && Math.abs(kept.long - MERIDIAN[1]) < 1e-5, JSON.stringify(kept));
});

claim("coordinates may be typed, and a place outside of the city is refused with words", { script: false }, async (page) => {
  await begin(page, POTHOLE.service);
  await sayPlace(page, FAR_AWAY.join(", "));
  assert.match(await page.locator(".error-summary").innerText(), /outside Harbor Bend/);
  await sayPlace(page, MERIDIAN.join(", "));
  await passSimilar(page);
  assert.equal(stepOf(page), "details");
});

claim("a place that was corrected afterwards is the one that is sent", { script: false }, async (page) => {
  await reportUpTo(page, "check", { ...POTHOLE, words: "Corrected on the last page" });
  await page.getByRole("link", { name: "Change Where", exact: true }).click();
  await sayPlace(page, "5 Commonweal Boulevard");
  await passSimilar(page);
  await goOn(page);
  const kept = await counter("place", (await sent(page)).reference);
  assert.equal(kept.address, "5 Commonweal Boulevard");
});

claim("without the map's data the address field still does everything", { expects: [/Failed to load resource/] }, async (page) => {
  await page.route("**/map/**", (route) => route.abort());
  await page.route("**/places/**", (route) => route.abort());
  await begin(page, POTHOLE.service);
  await sayPlace(page, POTHOLE.address);
  await passSimilar(page);
  assert.equal(stepOf(page), "details");
});

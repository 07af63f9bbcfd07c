// Nobody loses what they typed, and nobody sends it twice.
import assert from "node:assert/strict";
import { goOn, POTHOLE, reportUpTo, sayContact, sayDetails, sent, stepOf, tokenOf } from "./journey.mjs";
import { cameraPhoto, claim, counter } from "./visitor.mjs";

const WORDS = "Deep, and full of water “since Monday” <b>&";
const YESTERDAY_HOURS = 26;
const NINE_DAYS_HOURS = 24 * 9;
const description = (page) => page.locator("textarea[name=description]");

claim("what was typed survives an error", { script: false }, async (page) => {
  await reportUpTo(page, "details");
  await description(page).fill(WORDS);
  await goOn(page);
  assert.equal(stepOf(page), "details", "the required question was left out");
  assert.equal(await description(page).inputValue(), WORDS);
  await sayDetails(page, WORDS);
  await sayContact(page, { name: "Ana Okafor", email: "ana at home" });
  assert.equal(await page.locator("[name=email]").inputValue(), "ana at home");
  assert.equal(await page.locator("[name=name]").inputValue(), "Ana Okafor");
});

claim("what was typed survives the way back, with and without the page's own link", {}, async (page) => {
  await reportUpTo(page, "details");
  await sayDetails(page, WORDS);
  assert.equal(stepOf(page), "contact");
  await page.goBack();
  assert.equal(await description(page).inputValue(), WORDS);
  await goOn(page);
  await page.locator("[name=name]").fill("Ana Okafor");
  await page.locator(".back-link").click();
  assert.equal(await description(page).inputValue(), WORDS);
  await goOn(page);
  assert.equal(await page.locator("[name=name]").inputValue(), "Ana Okafor");
});

claim("what was typed and not yet sent survives a reload", {}, async (page) => {
  await reportUpTo(page, "details");
  await description(page).fill(WORDS);
  await page.reload();
  assert.equal(await description(page).inputValue(), WORDS);
});

claim("a double click on Send makes one request", {}, async (page) => {
  const words = "Clicked twice in a hurry";
  await reportUpTo(page, "check", { ...POTHOLE, words });
  await page.getByRole("button", { name: "Send my report" }).dblclick();
  await sent(page);
  assert.deepEqual(await counter("count", words), { requests: 1 });
});

claim("the same form sent from two tabs makes one request, and both see it", { script: false }, async (page) => {
  const words = "Sent from two tabs";
  await reportUpTo(page, "check", { ...POTHOLE, words });
  const other = await page.context().newPage();
  await other.goto(page.url());
  await Promise.all([goOn(page), goOn(other)]);
  assert.equal((await sent(page)).reference, (await sent(other)).reference);
  assert.deepEqual(await counter("count", words), { requests: 1 });
});

claim("a form that stood open since yesterday still works", {}, async (page) => {
  await reportUpTo(page, "details");
  await description(page).fill(WORDS);
  assert.deepEqual(await counter("age-draft", tokenOf(page), YESTERDAY_HOURS), { is_there: true });
  await sayDetails(page, WORDS);
  await sayContact(page);
  assert.ok((await page.locator("main").innerText()).includes(WORDS));
  await goOn(page);
  await sent(page);
});

claim("a form whose draft was put away meanwhile keeps what was typed", { script: false }, async (page) => {
  await reportUpTo(page, "details");
  assert.deepEqual(await counter("age-draft", tokenOf(page), NINE_DAYS_HOURS), { is_there: false });
  await sayDetails(page, WORDS);
  assert.equal(await description(page).inputValue(), WORDS);
  assert.match(await page.locator("main").innerText(), /put away/);
});

claim("a photo chosen before an error need not be chosen again", { script: false }, async (page) => {
  const photo = await cameraPhoto("before_an_error.jpg", 36.9, -70);
  await reportUpTo(page, "details");
  await page.locator("[name=photos]").setInputFiles(photo);
  await goOn(page);
  assert.equal(stepOf(page), "details");
  await page.locator(".photo-field__kept img").waitFor();
  await sayDetails(page, WORDS);
  await sayContact(page);
  assert.equal(await page.locator(".gallery img, .photo-gallery img, main img[src*='/photos/']").count(), 1);
});

// Everything in the reader's language: chosen by the browser, or by hand.
import assert from "node:assert/strict";
import { begin, goOn, passSimilar, report, sayContact, sayDetails, sayPlace, sent, POTHOLE } from "./journey.mjs";
import { claim, mailTo } from "./visitor.mjs";

// Words that English sentences can hardly do without, and that Spanish does not have.
const ENGLISH = /\b(the|and|your|you|with|this|what|where|please|is|are|of|to|for|from|not|has|have|will|it|by|or|in)\b/i;
const LUZ = `luz.${Date.now()}@home.test`;

claim("a reader of Spanish reports without meeting one English sentence", { language: "es-MX", width: 360 }, async (page) => {
  await page.goto("/");
  await assertSpanish(page);
  await page.goto("/report/");
  await assertSpanish(page);
  await begin(page, POTHOLE.service);
  await goOn(page);
  await assertSpanish(page); // with its error
  await sayPlace(page, "Meridian Avenue");
  await assertSpanish(page); // with suggestions
  await sayPlace(page, POTHOLE.address);
  await passSimilar(page);
  await assertSpanish(page);
  await goOn(page);
  await assertSpanish(page); // with its errors
  await sayDetails(page, "Un hoyo muy hondo junto a la parada");
  await assertSpanish(page);
  await sayContact(page, { email: "luz" });
  await assertSpanish(page); // with its error
  await sayContact(page, { name: "Luz Ibarra", email: LUZ });
  await assertSpanish(page);
  await goOn(page);
  const { reference } = await sent(page);
  await assertSpanish(page);
  for (const path of ["withdraw", "erase"]) {
    await page.goto(`${new URL(page.url()).pathname.replace(/(private\/\w+\/).*/, `$1${path}/`)}`);
    await assertSpanish(page);
  }
  const mail = await mailTo(LUZ, "Bache");
  assert.doesNotMatch(mail.text.replace(/http\S+/g, "").replace(/Harbor Bend \(sample\)/g, ""), ENGLISH, "the mail is in Spanish");
  assert.match(mail.text, /\d{4}/, reference);
});

claim("Spanish can be chosen on any page and stays", { language: "en-US" }, async (page) => {
  await page.goto("/report/?service=POTHOLE");
  await page.getByRole("button", { name: "Español" }).click();
  assert.equal(await page.locator("html").getAttribute("lang"), "es");
  assert.match(page.url(), /service=POTHOLE/, "the choice leads back to the same page");
  const { privatePath } = await report(page, { ...POTHOLE, words: "Un hoyo elegido a mano" });
  assert.equal(await page.locator("html").getAttribute("lang"), "es");
  await assertSpanish(page);
  await page.getByRole("button", { name: "English" }).click();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.equal(new URL(page.url()).pathname, privatePath);
});

claim("an emergency is told in Spanish to whoever reads Spanish", { language: "es" }, async (page) => {
  await begin(page, "POWER_OUTAGE");
  await assertSpanish(page);
  await page.locator("input[type=radio][value=yes]").first().check();
  await goOn(page);
  await assertSpanish(page);
  assert.match(await page.locator("main").innerText(), /911/);
});

claim("the pages about the city are in Spanish too", { language: "es", expects: [/status of 404/] }, async (page) => {
  for (const path of ["/map/", "/areas/", "/services/", "/services/POTHOLE/", "/about/", "/accessibility/", "/privacy/", "/no-such-page/"]) {
    await page.goto(path);
    await assertSpanish(page);
  }
});

/** Names of places and what residents wrote stay as they are; all else must be without English words. */
async function assertSpanish(page) {
  assert.equal(await page.locator("html").getAttribute("lang"), "es", page.url());
  const lines = await page.evaluate(() => {
        const own = new Set([...document.body.querySelectorAll("[lang=en], .request-card__summary, .timeline__text, .leaflet-container")].flatMap((element) => element.innerText?.split("\n") ?? []));
    return [document.title, ...document.body.innerText.split("\n")].map((line) => line.trim()).filter((line) => line && !own.has(line));
  });
  const english = lines.filter((line) => ENGLISH.test(line.replace(/Harbor Bend \(sample\)|“[^”]*”/g, "")));
  assert.deepEqual(english, [], `English on ${page.url()}`);
}

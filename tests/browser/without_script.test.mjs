// The main way of a resident, on a small telephone whose browser runs no script: report with a photo, follow, and say "not fixed".
import assert from "node:assert/strict";
import { passSimilar, sent } from "./journey.mjs";
import { tellTales } from "./jpeg.mjs";
import { cameraPhoto, claim, counter, mailTo } from "./visitor.mjs";

const SMALL = { width: 320, height: 640, script: false, touch: true };
const ANA = `ana.${Date.now()}@home.test`;
const NEIGHBOR = `neighbor.${Date.now()}@home.test`;
const PLACE = [36.923487, -70.024275];

claim("without script, at 320 px, a pothole is reported with a photo, followed and said to be not fixed", SMALL, async (page) => {
  const photo = await cameraPhoto("pothole.jpg", ...PLACE);
  const click = (name) => page.getByRole("button", { name, exact: true }).click();

  await page.goto("/");
  await page.getByRole("main").getByRole("link", { name: /report a problem/i }).first().click();
  await page.getByRole("searchbox").fill("pothole");
  await click("Search");
  await page.getByRole("button", { name: /^Pothole/ }).click();

  await page.getByRole("textbox", { name: /^Address or corner/ }).fill("Meridian Avenue");
  await click("Continue");
  await page.getByRole("radio", { name: /^55 Meridian Avenue/ }).check();
  await click("Continue");
  await passSimilar(page);

  await page.getByLabel(/^What is the matter/).fill("A hole as deep as my boot");
  await page.getByRole("radio", { name: "In a crosswalk" }).check();
  await page.getByLabel(/^Photos/).setInputFiles(photo);
  await click("Continue");

  await page.getByLabel(/^Your name/).fill("Ana Okafor");
  await page.getByLabel(/^E-mail/).fill(ANA);
  await click("Continue");
  await assertSays(page, ["Pothole", "55 Meridian Avenue", "A hole as deep as my boot", "In a crosswalk", ANA]);
  await click("Send my report");

  const { reference, privatePath } = await sent(page);
  await assertSays(page, ["Thank you. The city has your report."]);
  const number = (await page.locator(".big-reference").first().innerText()).replace(/\D/g, "");
  assert.equal(number, reference, "the number on the page is the one in the address");
  assert.match((await mailTo(ANA, "We have your report")).text, new RegExp(privatePath), "the mail has the private link");

  await page.getByRole("link", { name: "The public page, to pass on" }).click();
  const publicPath = `/requests/${reference}/`;
  assert.equal(new URL(page.url()).pathname, publicPath);
  assert.doesNotMatch(await page.content(), /@home\.test|Ana Okafor/, "the public page knows nobody");
  await assertPhotosSayNothing(page, 1);

  await page.getByLabel(/^Your e-mail|^E-mail/).fill(NEIGHBOR);
  await page.getByRole("button", { name: "Follow by e-mail" }).click();
  const confirm = (await mailTo(NEIGHBOR, "Please confirm")).text.match(/http\S+\/follow\/confirm\/\S+/)[0];
  await page.goto(confirm);
  await click("Yes, write to me");
  await assertSays(page, ["You follow this request"]);

  await counter("close", reference);
  assert.match((await mailTo(NEIGHBOR, "Closed")).text, new RegExp(publicPath));
  await page.goto(privatePath);
  await assertSays(page, ["The crew found nothing at this address."]);
  await page.getByRole("link", { name: "It is not fixed" }).click();
  await page.locator("[name=words]").fill("The hole is there as before; see the photo.");
  await page.getByLabel(/^Photos/).setInputFiles(photo);
  await page.getByRole("button", { name: "Say that it is not fixed" }).click();

  await page.goto(publicPath);
  await assertSays(page, ["Said to be not fixed", "The hole is there as before; see the photo."]);
  await assertPhotosSayNothing(page, 2);
});

claim("without script every page leads on: the map says where its list is", SMALL, async (page) => {
  await page.goto("/map/");
  await page.getByRole("link", { name: /list/i }).first().click();
  assert.equal(new URL(page.url()).pathname, "/requests/");
  await page.locator(".request-list a").first().click();
  assert.match(new URL(page.url()).pathname, /^\/requests\/\d+\/$/);
});

async function assertSays(page, words) {
  const text = await page.locator("main").innerText();
  for (const one of words) assert.ok(text.includes(one), `expected “${one}” on ${page.url()}, which says:\n${text}`);
}

/** Each published photo, large and small, is a JPEG without a word of the camera. */
async function assertPhotosSayNothing(page, least) {
  const addresses = await page.locator("main img[src*='/photos/']").evaluateAll((images) => images.flatMap((image) => [image.src, image.closest("a")?.href].filter(Boolean)));
  assert.ok(new Set(addresses.filter((one) => one.includes("-small"))).size >= least, `expected ${least} photos on the page, found ${addresses}`);
  for (const address of new Set(addresses)) {
    const answer = await page.request.get(address);
    assert.equal(answer.status(), 200, address);
    assert.deepEqual(tellTales(await answer.body()), [], `${address} says more than its picture`);
  }
}

// The map of requests: one address for each view, the same requests as a list beside it, and nothing that only the map can do.
import assert from "node:assert/strict";
import { claim, counter } from "./visitor.mjs";

let examples;
const CLOSE = "#17/36.92349/-70.02428";
const answer = (page) => page.waitForResponse((response) => response.url().includes("/map/requests.json") && response.ok());
const status = (page) => page.locator("[data-map-status-for=requests]");

async function open(page, address) {
  const loaded = answer(page);
  await page.goto(address);
  return (await loaded).json();
}

/** The address of a view close enough to show single requests, around the open example. */
async function closeView() {
  examples ??= await counter("examples");
  const [lat, long] = examples.open_place;
  return { reference: examples.open, hash: `#18/${lat.toFixed(5)}/${long.toFixed(5)}` };
}

claim("the whole city shows as counted cells, in words too", {}, async (page) => {
  const cells = await open(page, "/map/");
  assert.equal(cells.kind, "cells");
  await page.waitForFunction(() => /\d/.test(document.querySelector("[data-map-status-for=requests]").textContent));
  assert.match(await status(page).innerText(), /open and .* closed requests in view/);
  assert.equal(await page.locator("[data-map-list]").isVisible(), false);
});

claim("close by, single requests show on the map and beside it, and lead to their pages", {}, async (page) => {
  const { reference, hash } = await closeView();
  const points = await open(page, `/map/${hash}`);
  assert.equal(points.kind, "points");
  const listed = page.locator(`[data-map-list] a[href='/requests/${reference}/']`);
  await listed.waitFor();
  const box = await page.locator("[data-map-canvas]").boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  const link = page.locator(`.leaflet-popup a[href='/requests/${reference}/']`);
  await link.waitFor();
  await link.click();
  assert.equal(new URL(page.url()).pathname, `/requests/${reference}/`);
});

claim("a click on a cell goes closer", {}, async (page) => {
  const { cells } = await open(page, "/map/");
  assert.ok(cells.length > 0);
  const before = Number(page.url().match(/#(\d+)/)?.[1] ?? 0);
  const at = await page.evaluate(() => {
    const canvas = document.querySelector("[data-map-canvas]").getBoundingClientRect();
    return { x: canvas.x, y: canvas.y, width: canvas.width, height: canvas.height };
  });
  const loaded = answer(page);
  for (let y = 40; y < at.height && !page.url().match(/#(\d+)/); y += 30) {
    for (let x = 40; x < at.width && !page.url().match(/#(\d+)/); x += 30) await page.mouse.click(at.x + x, at.y + y);
  }
  await loaded;
  assert.ok(Number(page.url().match(/#(\d+)/)[1]) > before);
});

claim("the address of a view brings the view back, in another browser too", {}, async (page) => {
  await open(page, `/map/${CLOSE}`);
  await page.locator(".leaflet-container").focus();
  const moved = answer(page);
  await page.keyboard.press("ArrowRight");
  await moved;
  await page.waitForFunction((before) => location.hash !== before, CLOSE);
  const here = page.url();
  const asked = page.waitForRequest(/\/map\/requests\.json/);
  const other = await page.context().newPage();
  const again = other.waitForRequest(/\/map\/requests\.json/);
  await Promise.all([page.reload(), other.goto(here)]);
  const box = async (request) => new URL((await request).url()).searchParams.get("bbox");
  assert.equal(await box(again), await box(asked));
  assert.equal(other.url(), here);
});

claim("filters narrow map and list alike, stay in the address and can be taken away", {}, async (page) => {
  const all = await open(page, "/map/");
  await page.locator(".filters summary").click();
  await page.locator("[name=service]").selectOption("POTHOLE");
  const loaded = answer(page);
  await page.locator(".filters__actions .button").first().click();
  const potholes = await (await loaded).json();
  const count = ({ cells }) => cells.reduce((sum, cell) => sum + cell[2] + cell[3], 0);
  assert.ok(count(potholes) > 0 && count(potholes) < count(all), `${count(potholes)} of ${count(all)}`);
  assert.match(page.url(), /service=POTHOLE/);
  assert.match(await page.locator(".filters__now").innerText(), /Pothole/);
  await page.locator("a[href*='/requests/?'][href*='service=POTHOLE']").first().click();
  assert.match(page.url(), /\/requests\/\?.*service=POTHOLE/);
  const titles = await page.locator(".request-card__title").allInnerTexts();
  assert.ok(titles.length > 0 && titles.every((title) => title === "Pothole"), titles.join());
});

claim("a lost connection is said, and the next move tries again", { expects: [/Failed to load resource/] }, async (page) => {
  await open(page, `/map/${CLOSE}`);
  await page.route("**/map/requests.json*", (route) => route.abort());
  await page.locator(".leaflet-container").focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => /could not be loaded/.test(document.querySelector("[data-map-status-for=requests]").textContent));
  await page.unroute("**/map/requests.json*");
  const loaded = answer(page);
  await page.keyboard.press("ArrowLeft");
  await loaded;
  await page.waitForFunction(() => !/could not be loaded/.test(document.querySelector("[data-map-status-for=requests]").textContent));
});

claim("what the map shows can be reached with the keyboard alone", {}, async (page) => {
  const { reference, hash } = await closeView();
  await open(page, `/map/${hash}`);
  const link = page.locator(`[data-map-list] a[href='/requests/${reference}/']`);
  await link.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/requests/${reference}/`);
});

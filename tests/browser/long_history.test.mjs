// A request that was much talked about: its page stays small, and all that was said can be reached, without a script and on a small telephone.
import assert from "node:assert/strict";
import { desk } from "./console_people.mjs";
import { graveFindings, observe } from "./inspection.mjs";
import { claim } from "./visitor.mjs";

const COUNT = 130;
const SMALL = { width: 360, height: 720, script: false, touch: true };

claim("without a script a reader goes back to the first remark and forth to the last, and meets each once", SMALL, async (page) => {
  const { request } = await desk("discussed", COUNT);
  await page.goto(`/requests/${request}/`);
  assert.deepEqual(await remarks(page), counted(101, 130));
  assert.match(await timeline(page), /seen by resident 9/, "how it began stands there too");
  assert.match(await page.locator(".pagination").innerText(), /102–131 of 131/);

  await page.getByRole("link", { name: "100 entries in between" }).click();
  assert.deepEqual(await remarks(page), counted(71, 100));
  assert.ok(new URL(page.url()).hash === "#what-happened", "one stands at the history, not at the top again");
  const before = new Set([...counted(71, 130)]);
  while (await link(page, "Previous").count()) {
    await link(page, "Previous").click();
    for (const number of await remarks(page)) assert.ok(!before.has(number) && before.add(number), `remark ${number} came twice`);
  }
  assert.equal(before.size, COUNT);

  let last = [];
  while (await link(page, "Next").count()) {
    await link(page, "Next").click();
    last = await remarks(page);
  }
  assert.equal(last.at(-1), COUNT);
});

claim("the pages of a long history have no grave finding and fit the smallest telephone", {}, async (page) => {
  const { request } = await desk("discussed", COUNT);
  for (const path of [`/requests/${request}/`, `/requests/${request}/?before=60`]) {
    await page.goto(path);
    assert.deepEqual(await graveFindings(page), []);
    await page.setViewportSize({ width: 320, height: 700 });
    assert.deepEqual((await page.evaluate(observe)).overflow, []);
    await page.setViewportSize({ width: 1280, height: 900 });
  }
});

const link = (page, name) => page.locator(".pagination").getByRole("link", { name });
const timeline = (page) => page.locator("#what-happened").innerText();
const remarks = async (page) => [...(await timeline(page)).matchAll(/Remark (\d+):/g)].map(([, number]) => Number(number));
const counted = (first, last) => Array.from({ length: last - first + 1 }, (_, place) => first + place);

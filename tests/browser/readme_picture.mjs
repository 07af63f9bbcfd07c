// The picture of the README: the city's map on a desk, and a request on a telephone.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { settle } from "./pages.mjs";
import { counter, visit } from "./visitor.mjs";

const TARGET = process.env.README_PICTURE;

test("the picture of the README", async () => {
  const { open } = await counter("examples");
  const desk = await visit({ width: 1040, height: 820 });
  await desk.goto("/map/");
  await settle(desk);
  const phone = await visit({ width: 360, height: 820 });
  await phone.goto(`/requests/${open}/`);
  await settle(phone);
  const [left, right] = await Promise.all([desk, phone].map(async (page) => (await page.screenshot()).toString("base64")));
  const sheet = await visit({ width: 1516, height: 900, script: false });
  await sheet.setContent(`<style>
    body { margin: 0; padding: 40px; display: flex; gap: 36px; background: #e4e0d6; }
    img { display: block; border-radius: 10px; box-shadow: 0 2px 14px rgb(0 0 0 / .22); }
  </style><img src="data:image/png;base64,${left}"><img src="data:image/png;base64,${right}">`);
  await mkdir(dirname(TARGET), { recursive: true });
  await writeFile(TARGET, await sheet.screenshot());
  console.log(`Written: ${TARGET}`);
});

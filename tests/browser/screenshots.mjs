// Pictures of every page, for eyes: screenshots/<page>-<width>-<scheme>.png. `node screenshots.mjs [pattern]` takes those whose name fits.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { allPages, makeFacts, settle } from "./pages.mjs";
import { visit } from "./visitor.mjs";

const TARGET = process.env.SCREENSHOTS_FOLDER ?? "screenshots";
const WANTED = new RegExp(process.env.SCREENSHOTS_OF ?? "");
const DRESSES = [360, 1280].flatMap((width) => [false, true].map((dark) => ({ width, height: width === 360 ? 720 : 900, dark })));

test("pictures of every page", async () => {
  await mkdir(TARGET, { recursive: true });
  const facts = await makeFacts();
  for (const dress of DRESSES) {
    const page = await visit(dress);
    for (const { name, open } of allPages(facts)) {
      const file = `${name}-${dress.width}-${dress.dark ? "dark" : "light"}.png`;
      if (!WANTED.test(file)) continue;
      await open(page);
      await settle(page);
      await page.screenshot({ path: join(TARGET, file), fullPage: true });
    }
    await page.context().close();
  }
});

after(() => console.log(`Pictures are in ${TARGET}/`));

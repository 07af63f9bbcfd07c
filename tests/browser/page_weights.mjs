// For benchmarks/report_page.py: the weight of some pages, and a draft's address, as one line of JSON.
import { test } from "node:test";
import { begin, POTHOLE } from "./journey.mjs";
import { counter, visit } from "./visitor.mjs";
import { weigh } from "./weight.mjs";

test("weights", async () => {
  const { open } = await counter("examples");
  const page = await visit({ width: 360 });
  await begin(page, POTHOLE.service);
  const paths = { "report: what": "/report/", "report: where": new URL(page.url()).pathname, "a request": `/requests/${open}/`, "the home page": "/", "the map": "/map/" };
  const weights = {};
  for (const [name, path] of Object.entries(paths)) {
    const fresh = await visit({ width: 360 });
    weights[name] = { path, ...(await weigh(fresh, path)) };
    await fresh.context().close();
  }
  process.stderr.write(`${JSON.stringify(weights)}\n`);
});

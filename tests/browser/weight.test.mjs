// A telephone with a poor connection loads a page within a few seconds: at most 60 kB for all of a page but its map.
import assert from "node:assert/strict";
import { begin, POTHOLE } from "./journey.mjs";
import { claim, counter } from "./visitor.mjs";
import { weigh } from "./weight.mjs";

const BAR_BYTES = 60_000;
const light = ({ page }, words) => assert.ok(page > 1000 && page <= BAR_BYTES, `${words}: ${page} bytes`);

claim("the pages of a report weigh at most 60 kB without the map", { width: 360 }, async (page) => {
  light(await weigh(page, "/report/"), "what");
  await begin(page, POTHOLE.service);
  light(await weigh(page, page.url()), "where");
});

claim("a request's page weighs at most 60 kB without the map", { width: 360 }, async (page) => {
  const { open } = await counter("examples");
  light(await weigh(page, `/requests/${open}/`), "request");
});

claim("without script nothing of the map is loaded", { width: 360, script: false }, async (page) => {
  await begin(page, POTHOLE.service);
  const { map } = await weigh(page, page.url());
  assert.ok(map < 5_000, `${map} bytes of the map, of which only its style sheet is needed`);
});

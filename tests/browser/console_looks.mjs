// How a page of the console is looked at: in both themes and widths. The second look asks axe only what colors and room change.
import { graveFindings, observe, RULES_OF_LOOKS } from "./inspection.mjs";

/** @typedef {{page: string, look: string, axe: string[], complaints: string[], [observed: string]: any}} Look */

const LOOKS = [
  { name: "1280 light", width: 1280, colorScheme: "light" },
  { name: "768 dark", width: 768, colorScheme: "dark", only: RULES_OF_LOOKS },
];
const REFUSAL = /the server responded with a status of 4\d\d/;

/** What is seen of a page; axe leaves out what stands in `without`. @returns {Promise<Look[]>} */
export async function looksOf(page, name, without = []) {
  const seen = [];
  for (const { name: look, width, colorScheme, only } of LOOKS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    seen.push({ page: name, look, ...(await page.evaluate(observe)), axe: await graveFindings(page, { only, without }), complaints: [...page.complaints] });
  }
  await page.setViewportSize({ width: LOOKS[0].width, height: 900 });
  return seen;
}

/** One line for each page and look of which `fault` has something to say. @param {Look[]} seen */
export function faultsOf(seen, fault) {
  return seen.map((one) => [one, fault(one)]).filter(([, words]) => words.length).map(([one, words]) => `${one.page} at ${one.look}: ${[words].flat().join(" · ")}`);
}

/** What the browser complained about; that a refusal came as one is none. @param {Look} look */
export function complaintsOf({ page, complaints }) {
  return complaints.filter((words) => !(REFUSAL.test(words) && page.endsWith("refused")));
}

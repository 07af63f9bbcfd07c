// What is looked at on a page: findings of axe that are grave, sideways scroll, headings. Claims about all pages, of residents and of staff, share it.
import { createRequire } from "node:module";

const playwrightsAxe = createRequire(import.meta.url).resolve("@axe-core/playwright");
const AXE = createRequire(playwrightsAxe)("axe-core").source;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const GRAVE = new Set(["serious", "critical"]);

// What colors and room decide. All else that axe knows is the same in every dress of a page.
export const RULES_OF_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"];

/**
 * Serious and critical findings of axe, a line each. `only`: the rules that axe runs, all of `RULES` unless told; `without`: parts that are left out;
 * `off`: rules that are not asked. Axe is put into a page once and asked there, for that costs as much as an answer; loading style sheets is off, for
 * no rule here needs it.
 */
export async function graveFindings(page, { only = RULES, without = [], off = [] } = {}) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const rules = Object.fromEntries(off.map((rule) => [rule, { enabled: false }]));
  const options = { runOnly: only, rules, resultTypes: ["violations"], preload: false };
  const { looked, violations } = await page.evaluate(askAxe, { parts: { include: [["html"]], exclude: without.map((part) => [part]) }, options });
  return looked ? violations.filter(({ impact }) => GRAVE.has(impact)).map(({ words }) => words) : ["axe looked at nothing"];
}

/** Runs in the page. */
async function askAxe({ parts, options }) {
  const { violations, passes } = await window.axe.run(parts, options);
  const places = (nodes) => nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" ");
  return { looked: passes.length > 0, violations: violations.map(({ id, impact, help, nodes }) => ({ impact, words: `${id} (${help}): ${places(nodes)}` })) };
}

/** Runs in the page. */
export function observe() {
  const root = document.documentElement;
  const wide = [...document.body.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.right > root.clientWidth + 1 && !element.closest(".table-scroll, .leaflet-container, .visually-hidden, .skip-link");
  });
  return {
    overflow: root.scrollWidth > root.clientWidth ? [`${root.scrollWidth} px`, ...wide.slice(0, 3).map((element) => `${element.tagName}.${element.className}`)] : [],
    headings: document.querySelectorAll("h1").length,
    title: document.title,
    lang: root.lang,
    text: document.body.innerText,
    smallTargets: [...document.querySelectorAll(".button, .choice, .service-row, summary, .site-nav a")]
      .filter((element) => element.getClientRects().length && element.getBoundingClientRect().height < 43.5)
      .map((element) => `${element.className || element.tagName} “${element.innerText.slice(0, 40)}”`),
  };
}

// What is looked at on a page: findings of axe that are grave, sideways scroll, headings. Claims about all pages, of residents and of staff, share it.
import { AxeBuilder } from "@axe-core/playwright";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const GRAVE = new Set(["serious", "critical"]);

// What colors and room decide. All else that axe knows is the same in every dress of a page.
export const RULES_OF_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"];

/**
 * Serious and critical findings of axe, a line each. `only`: the rules that axe runs, all of `RULES` unless told; `within`: a part of the page;
 * `without`: what is left out. Axe's own loading of style sheets is off: no rule here needs it.
 */
export async function graveFindings(page, { only, within, without = [], off = [] } = {}) {
  const rules = Object.fromEntries(off.map((rule) => [rule, { enabled: false }]));
  const axe = new AxeBuilder({ page }).options({ runOnly: only ?? RULES, rules, resultTypes: ["violations"], preload: false }).setLegacyMode(true);
  if (within) axe.include(within);
  for (const part of without) axe.exclude(part);
  const { violations, passes } = await axe.analyze();
  if (passes.length === 0) return ["axe looked at nothing"];
  const places = (nodes) => nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" ");
  return violations.filter(({ impact }) => GRAVE.has(impact)).map(({ id, help, nodes }) => `${id} (${help}): ${places(nodes)}`);
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

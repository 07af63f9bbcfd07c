// What holds on every page: each is visited once at every width and in every dress, and all claims are about what was seen then.
import assert from "node:assert/strict";
import { before } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { allPages, makeFacts, settle } from "./pages.mjs";
import { claim, visit } from "./visitor.mjs";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const GRAVE = new Set(["serious", "critical"]);
const DRESSES = [
  { name: "1280", width: 1280 },
  { name: "360 dark", width: 360, dark: true },
  { name: "360 es", width: 360, language: "es" },
  { name: "320", width: 320, height: 640, touch: true, isQuick: true },
];
const MOST_TABS = 40;
const FAULT_COMPLAINT = /Failed to load resource: the server responded with a status of 4\d\d/;

/** @type {{page: string, dress: string, [observed: string]: any}[]} */
const seen = [];
let failure;

before(async () => {
  try {
    const facts = await makeFacts();
    for (const dress of DRESSES) {
      const page = await visit(dress);
      for (const one of allPages(facts)) seen.push(await look(page, one, dress));
      await page.context().close();
    }
  } catch (error) {
    failure = error; // told once, by the first claim
  }
});

async function look(page, { name, open, isFault }, dress) {
  page.complaints.length = 0;
  const here = { page: name, dress: dress.name };
  try {
    await open(page);
    await settle(page);
  } catch (error) {
    return { ...here, unseen: error.message };
  }
  return {
    ...here,
    ...(await page.evaluate(observe)),
    axe: dress.isQuick ? [] : await graveFindings(page),
    blindStops: dress.width === 1280 ? await stopsWithoutFocus(page) : [],
    complaints: page.complaints.filter((words) => !(FAULT_COMPLAINT.test(words) && (isFault || name.endsWith("error")))),
  };
}

async function graveFindings(page) {
  const { violations, passes } = await new AxeBuilder({ page }).options({ runOnly: RULES, resultTypes: ["violations"] }).setLegacyMode(true).analyze();
  if (passes.length === 0) return ["axe looked at nothing"];
  const places = (nodes) => nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" ");
  return violations.filter(({ impact }) => GRAVE.has(impact)).map(({ id, help, nodes }) => `${id} (${help}): ${places(nodes)}`);
}

/** Runs in the page. */
function observe() {
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

/** Tab through the page: what has the focus, or something around it, must look different once the focus has gone on. */
async function stopsWithoutFocus(page) {
  await page.evaluate(() => {
    const properties = ["outline", "boxShadow", "borderColor", "backgroundColor", "textDecoration"];
    const look = (element) => [null, "::after"].map((part) => properties.map((property) => getComputedStyle(element, part)[property]).join()).join();
    const around = (element) => [element, element.nextElementSibling, element.parentElement, ...["label", "li", "form"].map((tag) => element.closest(tag))].filter(Boolean);
    window.stops = new Map();
    window.stop = () => {
      const { last } = window;
      const element = document.activeElement;
      if (last?.element === element) return true; // a date has several stops of its own
      if (last) window.stops.set(last.element, last.looks.some(([one, words]) => look(one) !== words));
      window.last = element === document.body ? null : { element, looks: around(element).map((one) => [one, look(one)]) };
      return window.last !== null;
    };
  });
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    await page.keyboard.press("Tab");
    if (!(await page.evaluate(() => window.stop()))) break;
  }
  return page.evaluate(() => [...window.stops].filter(([, isMarked]) => !isMarked).map(([element]) => `${element.tagName.toLowerCase()} “${(element.innerText || element.name || "").slice(0, 30)}”`));
}

/** Fails with one line for each page and dress of which `fault` has something to say. */
function allPagesWithout(fault) {
  const lines = seen.filter(({ unseen }) => !unseen).map((one) => [one, fault(one)]).filter(([, words]) => words && words.length);
  assert.ok(!failure && seen.length > 0, "not all pages were seen");
  assert.deepEqual(lines.map(([one, words]) => `${one.page} at ${one.dress}: ${[words].flat().join(" · ")}`), []);
}

claim("every page can be opened", {}, async () => {
  if (failure) throw failure;
  assert.deepEqual(seen.filter(({ unseen }) => unseen).map((one) => `${one.page} at ${one.dress}: ${one.unseen}`), []);
});

claim("axe finds nothing serious or critical on any page", {}, async () => allPagesWithout(({ axe }) => axe));

claim("no page is wider than its screen", {}, async () => allPagesWithout(({ overflow }) => overflow));

claim("what has the focus can be seen to have it", {}, async () => allPagesWithout(({ blindStops }) => blindStops));

claim("the browser complains about no page: no error, no breach of the security policy", {}, async () => allPagesWithout(({ complaints }) => complaints));

claim("every page has one main heading, a title of its own and a language", {}, async () => {
  allPagesWithout(({ headings, title, lang, dress }) => [
    ...(headings === 1 ? [] : [`${headings} main headings`]),
    ...(title.split(" · ").length >= 3 ? [] : [`title “${title}”`]),
    ...(lang === (dress.endsWith("es") ? "es" : "en") ? [] : [`lang “${lang}”`]),
  ]);
});

claim("every page of the sample city says that it is synthetic", {}, async () => allPagesWithout(({ text, lang }) => (text.includes(lang === "es" ? "Datos sintéticos" : "Synthetic data") ? "" : "does not say so")));

claim("what is touched is at least 44 px high", {}, async () => allPagesWithout(({ smallTargets, dress }) => (dress === "320" ? smallTargets : [])));

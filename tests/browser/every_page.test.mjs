// What holds on every page: each is opened once in each language and looked at in two dresses, and all claims are about what was seen then.
import assert from "node:assert/strict";
import { before } from "node:test";
import { graveFindings, observe, RULES_OF_LOOKS } from "./inspection.mjs";
import { allPages, makeFacts, settle } from "./pages.mjs";
import { claim, visit } from "./visitor.mjs";

// The first dress of a visit is the one in which its pages load. `axe`: what it is asked there; colors know no language, and nothing but looks is dark.
const VISITS = [
  [
    { name: "1280", width: 1280, axe: {} },
    { name: "360 dark", width: 360, dark: true, axe: { only: RULES_OF_LOOKS } },
  ],
  [
    { name: "360 es", width: 360, language: "es", axe: { off: ["color-contrast"] } },
    { name: "320 es", width: 320, height: 640, language: "es" },
  ],
];
const MOST_TABS = 40;
const FAULT_COMPLAINT = /Failed to load resource: the server responded with a status of 4\d\d/;

/** @type {{page: string, dress: string, [observed: string]: any}[]} */
const seen = [];
let failure;

before(async () => {
  try {
    const facts = await makeFacts();
    for (const dresses of VISITS) {
      const page = await visit({ ...dresses[0], touch: dresses[0].width < 1280 });
      for (const one of allPages(facts)) seen.push(...(await lookAt(page, one, dresses)));
      await page.context().close();
    }
  } catch (error) {
    failure = error; // told once, by the first claim
  }
});

async function lookAt(page, one, dresses) {
  page.complaints.length = 0;
  await dress(page, dresses[0]);
  try {
    await one.open(page);
    await settle(page);
  } catch (error) {
    return [{ page: one.name, dress: dresses[0].name, unseen: error.message }];
  }
  const looks = [];
  for (const each of dresses) looks.push(await look(page, one, each));
  if (dresses[0].width < 1280) return looks;
  await dress(page, dresses[0]);
  return [...looks, { ...looks[0], ...QUIET, blindStops: await stopsWithoutFocus(page) }]; // last, for it moves the focus and shuts lists
}

const QUIET = { overflow: [], axe: [], complaints: [], smallTargets: [], blindStops: [] };

async function dress(page, { width, height = 900, dark = false }) {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: dark ? "dark" : "light", reducedMotion: "reduce" });
}

async function look(page, { name, isFault }, worn) {
  await dress(page, worn);
  return {
    ...QUIET,
    page: name,
    dress: worn.name,
    ...(await page.evaluate(observe)),
    axe: worn.axe ? await graveFindings(page, worn.axe) : [],
    complaints: page.complaints.filter((words) => !(FAULT_COMPLAINT.test(words) && (isFault || name.endsWith("error")))),
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

claim("what is touched is at least 44 px high", {}, async () => allPagesWithout(({ smallTargets, dress }) => (dress === "320 es" ? smallTargets : [])));

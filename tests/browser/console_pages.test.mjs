// What holds on every page of the console. An administrator follows every link; each address is opened once, and looked at in both themes and widths.
import assert from "node:assert/strict";
import { before } from "node:test";
import { desk, signedIn } from "./console_people.mjs";
import { complaintsOf, faultsOf, looksOf } from "./console_looks.mjs";
import { claim, visit } from "./visitor.mjs";

// The frame around all pages and a table's further rows are the same again and again: axe sees them whole on the first pages, and then what is new.
const WHOLE_PAGES = 3;
const SEEN_BEFORE = [".console-header", ".synthetic-banner", ".setup__parts", "tbody tr:nth-child(n+9)"];
const OPENED = "header [open]";
// Addresses without a page of their own: what is sent, asked for by a script, or saved as a file; and pages that only follow on a sending.
const WITHOUT_PAGE = [
  "account_preferences", "account_recovery_codes", "account_second_factor_off", "account_sessions", "call_suggest", "figures_csv", "queue_assign", "queue_map",
  "queue_news", "queue_take_back", "queue_view_delete", "queue_view_save", "request_presence", "setup_export", "setup_holiday_add", "setup_holiday_import", "setup_holiday_remove",
  "setup_person_deactivate", "setup_person_password", "setup_person_reactivate", "setup_person_second_factor", "setup_service_act", "setup_team_bring_back",
  "sign_in_code", "sign_out", "unknown_address",
].map((name) => `console:${name}`);
const NOT_FOLLOWED = /\.csv$|\/file\/$|\/logout\/$/;

/** @type {import("./console_looks.mjs").Look[]} */
const seen = [];
const paths = new Set();
let failure;

before(async () => {
  try {
    const staff = await desk("staff", "look");
    const { requests, with_stop: withStop } = await desk("worked", staff.names.agent);
    const stranger = await visit();
    await stranger.goto("/console/login/");
    await lookAt(stranger, "sign-in");
    const page = await signedIn(staff, "administrator");
    await follow(page, ["/console/", `/console/set-up/services/${withStop}/`, ...requests.map((reference) => `/console/requests/${reference}/`), `/console/calls/${requests[0]}/`]);
    for (const [name, path, act] of STATES(requests)) {
      await open(page, path);
      await act(page);
      await lookAt(page, name);
    }
  } catch (error) {
    failure = error; // told by the first claim
  }
});

/** States of a page beside the one in which it opens. */
const STATES = ([waiting]) => [
  ["queue, filters open", "/console/?q=hole", (page) => page.locator(".queue-filters__more summary").click()],
  ["queue, nothing found", "/console/?q=elephants", () => {}],
  ["queue, rows selected", "/console/", (page) => page.locator("[data-queue-all]").check()],
  ["list of keys", "/console/", (page) => page.keyboard.press("?")],
  ["menu of the account", "/console/", (page) => page.locator(".console-header__end summary").click()],
  ["closing without a reason: refused", `/console/requests/${waiting}/close/`, (page) => page.locator("[data-submit]").click()],
  ["preview of an answer", `/console/requests/${waiting}/answer/`, preview],
  ["half a call", "/console/calls/new/", halfACall],
  ["figures by area", "/console/figures/?by=area", () => {}],
];

async function preview(page) {
  await page.locator("[name=words]").fill("A crew comes on Monday.");
  await page.locator("[data-preview-button]").click();
  await page.locator("[data-preview-shown]").waitFor();
}

async function halfACall(page) {
  for (const words of ["schoolhouse & old post", "pothole"]) {
    await page.keyboard.type(words);
    await page.keyboard.press("Enter");
    await page.waitForTimeout(60);
    await page.waitForFunction(() => !document.querySelector("form[data-call][aria-busy]"));
  }
}

/** Opens these addresses and whatever they link to, one address of each kind. */
async function follow(page, waiting) {
  const kinds = new Set(waiting.map(kindOf));
  for (const path of waiting) {
    await open(page, path);
    paths.add(path);
    await lookAt(page, path);
    const links = await page.locator("main a[href], .console-header a[href]").evaluateAll((all) => all.map((link) => new URL(link.href, location.href).pathname));
    for (const link of links) {
      const kind = kindOf(link);
      if (!link.startsWith("/console/") || NOT_FOLLOWED.test(link) || kinds.has(kind)) continue;
      kinds.add(kind);
      waiting.push(link);
    }
  }
}

/** Two addresses of one kind differ in what they name: a request, a team, a service. */
function kindOf(path) {
  const parts = path.split("/");
  if (parts[2] === "requests" || parts[2] === "calls") return parts.map((part, place) => (place === 3 && part !== "new" ? "*" : part)).join("/");
  return parts.map((part, place) => ((place === 4 && !["new", "groups"].includes(part)) || (place === 6) ? (part && "*") : part)).join("/");
}

async function open(page, path) {
  page.complaints.length = 0;
  await page.goto(path);
  const wanted = new URL(path, page.url()).pathname;
  if (new URL(page.url()).pathname !== wanted) throw new Error(`Expected to stay on ${wanted}, and was led to ${page.url()}.`);
  if (await page.locator("[data-map]").count()) await page.waitForLoadState("networkidle");
}

async function lookAt(page, name) {
  const isWhole = seen.length < WHOLE_PAGES * 2 || (await page.locator(OPENED).count()) > 0;
  seen.push(...(await looksOf(page, name, isWhole ? [] : SEEN_BEFORE)));
}

/** Fails with one line for each page and look of which `fault` has something to say. */
function allPagesWithout(fault) {
  assert.ok(!failure && seen.length > 0, "not all pages were seen");
  assert.deepEqual(faultsOf(seen, fault), []);
}

claim("every page of the console is reached by a link and can be opened", {}, async () => {
  if (failure) throw failure;
  const { unseen } = await desk("routes", "/console/login/", ...paths);
  assert.deepEqual(unseen.filter((name) => !WITHOUT_PAGE.includes(name)), []);
});

claim("axe finds nothing serious or critical on any page of the console, light or dark", {}, async () => allPagesWithout(({ axe }) => axe));

claim("no page of the console scrolls sideways, at 1280 px or at 768", {}, async () => allPagesWithout(({ overflow }) => overflow));

claim("the browser complains about no page of the console: no error, no breach of the security policy", {}, async () => allPagesWithout(complaintsOf));

claim("every page of the console has one main heading and a title of its own", {}, async () => {
  allPagesWithout(({ headings, title }) => [...(headings === 1 ? [] : [`${headings} main headings`]), ...(title.split(" · ").length >= 3 ? [] : [`title “${title}”`])]);
});

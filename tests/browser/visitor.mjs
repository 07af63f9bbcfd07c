// A visitor: one browser for each file of claims, a fresh profile for each claim. Whatever the browser complains about fails the claim.
import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const run = promisify(execFile);
const environment = process.env;
export const url = environment.BROWSER_TESTS_URL;
export const folder = environment.BROWSER_TESTS_FOLDER;

// A background service of the browser would reach for the network: names lead nowhere, and only this machine has an address.
const SWITCHES = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
const LONGEST_WAIT_MS = 15_000;

let browser;
after(() => browser?.close());

/**
 * A claim about the pages: `claim("a reader sees …", {width, script, language, dark, location, expects}, async (page) => …)`.
 * `expects` are patterns of complaints that belong to the claim, such as the 404 of a page that is not there.
 */
export function claim(words, options, body) {
  test(words, async () => {
    const page = await visit(options);
    try {
      await body(page);
      complain(page, options.expects);
    } catch (error) {
      await keepPicture(page, words);
      error.stack = `${error.stack}\n  on the page ${page.url()}${page.complaints.length ? `\n  the browser said: ${page.complaints.join(" · ")}` : ""}`;
      throw error;
    } finally {
      await page.context().close();
    }
  });
}

/** A page in a profile of its own; `page.complaints` gathers what the browser says. */
export async function visit({ width = 1280, height = 900, script = true, language = "en-US", dark = false, location, touch = false } = {}) {
  browser ??= await chromium.launch({ executablePath: environment.EVENHAND_CHROMIUM, args: SWITCHES });
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height },
    javaScriptEnabled: script,
    locale: language,
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    hasTouch: touch,
    ...(location ? { geolocation: { latitude: location[0], longitude: location[1] }, permissions: ["geolocation"] } : {}),
  });
  context.setDefaultTimeout(LONGEST_WAIT_MS);
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => page.complaints.push(`uncaught: ${error.message}`));
  page.on("response", (response) => response.status() >= 500 && page.complaints.push(`${response.status()} for ${response.url()}`));
  page.on("request", (request) => {
    const wanted = new URL(request.url());
    if (/^(http|ws)s?:$/.test(wanted.protocol) && wanted.origin !== url) page.complaints.push(`asked ${wanted.origin}`);
  });
  return page;
}

export function complain(page, expected = []) {
  const unexpected = page.complaints.filter((words) => !expected.some((pattern) => pattern.test(words)));
  if (unexpected.length) throw new Error(`Expected a quiet browser. It said: ${unexpected.join(" · ")}`);
}

async function keepPicture(page, words) {
  const kept = join("screenshots", "failed");
  await mkdir(kept, { recursive: true });
  await page.screenshot({ path: join(kept, `${words.replace(/\W+/g, "-").slice(0, 80)}.png`), fullPage: true }).catch(() => {});
}

/** Something that the city does meanwhile; see behind_the_counter.py. */
export async function counter(...errand) {
  const told = run(environment.BROWSER_TESTS_PYTHON, ["-m", "tests.browser.behind_the_counter", ...errand.map(String)]);
  const { stdout } = await told.catch(({ stderr }) => {
    throw new Error(`The errand “${errand.join(" ")}” failed:\n${stderr.trim().split("\n").slice(-6).join("\n")}`);
  });
  return JSON.parse(stdout);
}

/** The mail to an address whose subject has these words; waits for the worker. */
export async function mailTo(address, words) {
  const patience = Date.now() + LONGEST_WAIT_MS;
  while (Date.now() < patience) {
    const lines = (await readFile(join(folder, "mails.jsonl"), "utf8")).split("\n").filter(Boolean);
    const found = lines.map((line) => JSON.parse(line)).find((mail) => mail.to.includes(address) && mail.subject.includes(words));
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`Expected a mail to ${address} about “${words}”, and none came in ${LONGEST_WAIT_MS / 1000} s.`);
}

/** A JPEG with the facts that a camera notes: its place and its maker. */
export async function cameraPhoto(name, lat, long) {
  const file = join(folder, name);
  await counter("photo", file, lat, long);
  return file;
}

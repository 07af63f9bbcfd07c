// The way of a report, step by step, as a person goes it who clicks what is there. Steps are named by their address, fields by their name: any language.

/** What a plain report needs to say. */
export const POTHOLE = { service: "POTHOLE", address: "55 Meridian Avenue", words: "A deep hole beside the bus stop" };

export function stepOf(page) {
  const { pathname } = new URL(page.url());
  if (pathname === "/report/") return "what";
  return pathname.match(/^\/report\/[^/]+\/(\w+)\/$/)?.[1] ?? "sent";
}

export const tokenOf = (page) => new URL(page.url()).pathname.split("/")[2];
export const goOn = (page) => page.locator("main form .actions .button").last().click();

export async function begin(page, service) {
  await page.goto(`/report/?service=${service}`);
  await goOn(page);
}

export async function passSafety(page) {
  if (stepOf(page) !== "safety") return;
  for (const no of await page.locator("input[type=radio][value=no]").all()) await no.check();
  await goOn(page);
}

export async function sayPlace(page, address) {
  await page.locator("[name=address]").fill(address);
  await goOn(page);
}

/** Where something like it was reported close by, and it is none of these. */
export async function passSimilar(page) {
  if (stepOf(page) === "similar") await goOn(page);
}

/** Words, and any answer to each question that needs one. */
export async function sayDetails(page, words, photo) {
  await page.locator("textarea[name=description]").fill(words);
  for (const group of await page.locator("fieldset.field--group").all()) await group.locator("input").first().check();
  for (const field of await page.locator("main form input[type=date]").all()) await field.fill(yesterday());
  if (photo) await page.locator("[name=photos]").setInputFiles(photo);
  await goOn(page);
}

const yesterday = () => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

export async function sayContact(page, contact = {}) {
  for (const [name, value] of Object.entries(contact)) await page.locator(`[name=${name}]`).fill(value);
  await goOn(page);
}

/** Up to the page before sending, or up to `until`. */
export async function reportUpTo(page, until, { service, address, words, photo, contact } = POTHOLE) {
  await begin(page, service);
  const ways = {
    safety: () => passSafety(page),
    place: () => sayPlace(page, address),
    similar: () => passSimilar(page),
    details: () => sayDetails(page, words, photo),
    contact: () => sayContact(page, contact),
    check: () => goOn(page),
  };
  for (let steps = 0; stepOf(page) !== until && steps < 8; steps += 1) {
    const step = stepOf(page);
    await ways[step]();
    if (stepOf(page) === step) throw new Error(`Expected to get on from the step “${step}”. The page says: ${await page.locator("main").innerText()}`);
  }
}

/** A whole report; gives its number, compact, and the address of its private page. */
export async function report(page, what = POTHOLE) {
  await reportUpTo(page, "sent", what);
  return sent(page);
}

/** What the page after sending tells. */
export async function sent(page) {
  await page.waitForURL(/\/private\//);
  const { pathname } = new URL(page.url());
  return { reference: pathname.split("/")[2], privatePath: pathname };
}

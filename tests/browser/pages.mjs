// Every page that a resident can see, each under a name, with the way to it. Claims about all pages and the pictures both walk through this list.
import { begin, goOn, passSafety, passSimilar, POTHOLE, report, reportUpTo, sayContact, sayDetails, sayPlace, tokenOf } from "./journey.mjs";
import { cameraPhoto, counter, mailTo, visit } from "./visitor.mjs";

/**
 * Reports, drafts and requests that the pages below show. Made once, without script, as a resident would make them.
 * @returns {Promise<Record<string, any>>}
 */
export async function makeFacts() {
  const page = await visit({ script: false, width: 360 });
  const examples = await counter("examples");
  const photo = await cameraPhoto("street.jpg", 36.923487, -70.024275);
  const contact = { name: "Ana Okafor", email: "ana@home.test" };

  const own = await report(page, { ...POTHOLE, photo, contact, words: "A deep hole beside the bus stop. It fills with water, so cyclists do not see it." });
  const justSent = page.url();
  await page.goto(`/requests/${own.reference}/`);
  await page.locator("main [name=words]").fill("I nearly fell here this morning.");
  await page.locator("main [name=photos]").setInputFiles(photo);
  await page.getByRole("button", { name: "Send comment" }).click();
  const follower = `neighbor.${Date.now()}@home.test`;
  await page.locator("#follow [name=email]").fill(follower);
  await page.getByRole("button", { name: "Follow by e-mail" }).click();
  const confirm = (await mailTo(follower, "Please confirm")).text.match(/http\S+\/follow\/confirm\/\S+/)[0];

  const doubted = await report(page, { ...POTHOLE, address: "5 Commonweal Boulevard", words: "A row of small holes in the bicycle lane" });
  await counter("close", doubted.reference);
  const closed = doubted.privatePath;

  const hidden = await report(page, { service: "POWER_OUTAGE", address: "104 Meridian Avenue", words: "No power since six" });

  const elsewhere = { ...POTHOLE, address: "331 Meridian Avenue" };
  await reportUpTo(page, "check", { ...elsewhere, photo, contact });
  const draft = tokenOf(page);
  await reportUpTo(page, "contact", elsewhere);
  const slips = tokenOf(page); // its contact is wrong, so that the pages before it stay open
  await reportUpTo(page, "details", elsewhere);
  const unsaid = tokenOf(page);
  await begin(page, POTHOLE.service);
  await sayPlace(page, POTHOLE.address);
  const likeOwn = tokenOf(page);
  await begin(page, "SIGNAL");
  const signal = tokenOf(page);
  await begin(page, "SIGNAL");
  const stopped = tokenOf(page);
  await page.locator("input[type=radio][value=yes]").first().check();
  await goOn(page);
  await page.context().close();
  return { examples, own, justSent, confirm, closed, hidden, draft, slips, unsaid, likeOwn, signal, stopped };
}

/** @returns {{name: string, open: (page: import("playwright-core").Page) => Promise<unknown>, isFault?: boolean}[]} */
export function allPages(facts) {
  const { examples, own, draft } = facts;
  const at = (name, path) => ({ name, open: (page) => arrive(page, path) });
  const then = (name, path, act) => ({ name, open: async (page) => (await arrive(page, path), act(page)) });
  const fault = (name, path) => ({ ...at(name, path), isFault: true });
  return [
    at("home", "/"),
    at("report-1-what", "/report/"),
    at("report-1-what-search", "/report/?q=light"),
    at("report-1-what-nothing", "/report/?q=elephants"),
    at("report-1-what-wanted", "/report/?service=SNOW"),
    at("report-1-safety", `/report/${facts.signal}/safety/`),
    then("report-1-safety-error", `/report/${facts.signal}/safety/`, goOn),
    at("report-1-emergency", `/report/${facts.stopped}/safety/`),
    at("report-2-place", `/report/${draft}/place/`),
    then("report-2-place-suggestions", `/report/${facts.likeOwn}/place/`, (page) => sayPlace(page, "Meridian Avenue")),
    then("report-2-place-list", `/report/${facts.likeOwn}/place/`, async (page) => {
      await page.locator("[name=address]").fill("150 meri");
      await page.locator("[role=option]").first().waitFor();
    }),
    then("report-2-place-outside", `/report/${facts.likeOwn}/place/`, (page) => sayPlace(page, "37.3, -70.02")),
    at("report-2-similar", `/report/${facts.likeOwn}/similar/`),
    at("report-3-details", `/report/${draft}/details/`),
    then("report-3-details-error", `/report/${facts.unsaid}/details/`, async (page) => {
      await page.locator("textarea[name=description]").fill("x".repeat(4001));
      await goOn(page);
    }),
    at("report-4-contact", `/report/${draft}/contact/`),
    then("report-4-contact-error", `/report/${facts.slips}/contact/`, (page) => sayContact(page, { email: "ana at home", phone: "12" })),
    at("report-5-check", `/report/${draft}/check/`),
    at("private-just-sent", facts.justSent),
    at("private", own.privatePath),
    at("private-of-private-kind", facts.hidden.privatePath),
    at("private-withdraw", `${own.privatePath}withdraw/`),
    at("private-erase", `${own.privatePath}erase/`),
    at("private-not-fixed", `${facts.closed}not-fixed/`),
    then("private-not-fixed-error", `${facts.closed}not-fixed/`, goOn),
    at("request", `/requests/${own.reference}/`),
    then("request-comment-error", `/requests/${own.reference}/`, (page) => page.getByRole("button", { name: /Send comment|Enviar/ }).click()),
    at("request-open", `/requests/${examples.open}/`),
    ...Object.entries(examples.closed).map(([reason, reference]) => at(`request-${reason}`, `/requests/${reference}/`)),
    at("follow-confirm", facts.confirm),
    at("requests", "/requests/"),
    at("requests-filtered", "/requests/?service=POTHOLE&state=open"),
    at("requests-none", "/requests/?q=elephants"),
    at("map", "/map/"),
    at("map-close", "/map/#17/36.92349/-70.02428"),
    at("areas", "/areas/"),
    at("area", `/areas/${examples.area}/`),
    at("services", "/services/"),
    at("service", "/services/POTHOLE/"),
    at("cities", "/cities/"),
    at("about", "/about/"),
    at("accessibility", "/accessibility/"),
    at("privacy", "/privacy/"),
    fault("error-no-such-page", "/no-such-page/"),
    fault("error-no-such-request", "/requests/10428837/"),
    fault("error-mistyped-number", "/requests/12345678/"),
    {
      name: "error-form-expired",
      isFault: true,
      open: async (page) => {
        await page.goto("/report/?service=POTHOLE");
        await page.context().clearCookies();
        await goOn(page);
      },
    },
  ];
}

async function arrive(page, path) {
  await page.goto(path);
  const [wanted, here] = [path, page.url()].map((address) => new URL(address, page.url()).pathname);
  if (here !== wanted) throw new Error(`Expected to stay on ${wanted}, and was led to ${here}.`);
}

/** What loads late has come: a map is drawn once nothing more is asked for. */
export async function settle(page) {
  if (await page.locator("[data-map]").count()) await page.waitForLoadState("networkidle");
}

import { AxeBuilder } from "/work/main/node_modules/@axe-core/playwright/dist/index.mjs";
import { visit } from "/work/main/tests/browser/visitor.mjs";
import { desk, signedIn } from "/work/main/tests/browser/console_people.mjs";
const staff = await desk("staff", "time" + (Date.now() % 100000));
const page = await signedIn(staff, "administrator");
const cpu = (await page.context().browser().newBrowserCDPSession());
async function total() { const { processInfo } = await cpu.send("SystemInfo.getProcessInfo"); return processInfo.reduce((s, p) => s + p.cpuTime, 0); }
for (const path of ["/console/", "/console/set-up/routing/", "/console/figures/", "/console/set-up/services/"]) {
  let t = await total(), n = process.cpuUsage().user, w=Date.now(); await page.goto(path); await page.waitForLoadState("networkidle");
  console.log(path, "open", ((await total()) - t).toFixed(2), Date.now()-w, await page.locator("*").count());
  for (const [name, options] of [["plain", {}], ["no preload", { preload: false }], ["no selectors", {preload:false, selectors: false, ancestry: false}], ["contrast only", {preload:false, runOnly: ["color-contrast"]}]]) {
    t = await total(); w=Date.now(); n = process.cpuUsage().user;
    const b = new AxeBuilder({ page }).options({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"], ...options }).setLegacyMode(true);
    await b.analyze();
    console.log("   axe", name, ((await total()) - t).toFixed(2), "wall", Date.now()-w, "node", (process.cpuUsage().user - n)/1e6);
  }
}
process.exit(0);

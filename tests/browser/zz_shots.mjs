import { chromium } from "playwright-core";
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const base = "http://127.0.0.1:8391";
for (const [w, h, js] of [[360, 740, true], [1280, 900, true]]) {
  const context = await browser.newContext({ viewport: { width: w, height: h }, javaScriptEnabled: js });
  const page = await context.newPage();
  page.on("console", (m) => m.type() === "error" && console.log("console", m.text().slice(0, 200)));
  const shot = (n) => page.screenshot({ path: `/tmp/home-report/shot-${w}-${n}.png`, fullPage: true });
  await page.goto(base + "/report/"); await shot("1what");
  await page.fill("#search", "light"); await page.waitForTimeout(200); await shot("1search");
  await page.goto(base + "/report/?service=STREETLIGHT"); await shot("1deep");
  await page.goto(base + "/report/?service=POTHOLE");
  await page.click("text=Report this"); await page.waitForLoadState();
  if (page.url().includes("safety")) { await shot("2safety"); for (const r of await page.$$("input[value=yes]")) await r.check(); await page.click("main button.button"); await page.waitForLoadState(); await shot("2stop");
    await page.click("text=answer again"); for (const r of await page.$$("input[value=no]")) await r.check(); await page.click("text=Continue"); await page.waitForLoadState(); }
  await page.waitForTimeout(1500); await shot("3place");
  await page.fill("[name=address]", "meridian"); await page.click("main h1"); await page.click("main .actions button.button"); await page.waitForLoadState(); await page.waitForTimeout(800); await shot("3suggest");
  await page.click("input[name=choice] >> nth=0"); await page.click("main .actions button.button"); await page.waitForLoadState(); console.log(page.url());
  if (page.url().includes("similar")) { await shot("4similar"); await page.click("text=None of these"); await page.waitForLoadState(); }
  await shot("5details"); await page.click("main .actions button.button"); await page.waitForLoadState(); await shot("5errors");
  await page.fill("[name=description]", "A deep hole beside the bus stop."); for (const s of await page.$$("select")) await s.selectOption({ index: 1 });
  const names = new Set(await page.$$eval("input[type=radio]", (rs) => rs.map((r) => r.name))); for (const n of names) await page.check(`input[name="${n}"] >> nth=0`);
  await page.click("main .actions button.button"); await page.waitForLoadState(); console.log(page.url()); await shot("6contact");
  await page.fill("[name=name]", "Ana Okafor"); await page.fill("[name=email]", "ana@home.test"); await page.check("[value=email]"); await page.click("main .actions button.button"); await page.waitForLoadState(); await shot("7check");
  await page.click("text=Send my report"); await page.waitForLoadState(); console.log(page.url()); await shot("8sent");
}
await browser.close();

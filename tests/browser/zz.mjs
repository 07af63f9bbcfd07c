import { visit } from "./visitor.mjs";
import { test } from "node:test";
test("x", async () => {
  for (const [w, lang, path, name] of [[360,"en","/","n-home"],[360,"es","/report/","n-report-es"],[360,"en","/report/","n-report"],[360,"es","/map/","n-map-es"],[1280,"en","/map/","n-map-desk"],[360,"en","/areas/","n-areas"],[1280,"en","/areas/","n-areas-desk"],[1280,"en","/services/","n-services-desk"]]) {
    const p = await visit({ width: w, height: 900, language: lang }); await p.goto(path, {waitUntil:"networkidle"}); await p.screenshot({ path: `/tmp/pick/${name}.png` }); await p.context().close();
  }
});

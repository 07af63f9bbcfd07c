// People who work for the city: each signs in once a file of claims, in a profile of their own, and stays signed in.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { visit } from "./visitor.mjs";

const run = promisify(execFile);

/** Something done behind the console; see console_desk.py. */
export async function desk(...errand) {
  const told = run(process.env.BROWSER_TESTS_PYTHON, ["-m", "tests.browser.console_desk", ...errand.map(String)]);
  const { stdout } = await told.catch(({ stderr }) => {
    throw new Error(`The errand “${errand.join(" ")}” failed:\n${stderr.trim().split("\n").slice(-6).join("\n")}`);
  });
  return JSON.parse(stdout);
}

/** A page of somebody with this role who has just signed in. @param {{names: Record<string, string>, password: string}} staff */
export async function signedIn(staff, role, options = {}) {
  const page = await visit(options);
  await page.goto("/console/login/");
  await page.locator("[name=username]").fill(staff.names[role]);
  await page.locator("[name=password]").fill(staff.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/console/");
  return page;
}

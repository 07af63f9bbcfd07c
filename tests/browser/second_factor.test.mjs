// Signing in with a second factor, with an authenticator of the test's own (RFC 6238), and what the console says where there is nothing to see.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { before } from "node:test";
import { complaintsOf, faultsOf, looksOf } from "./console_looks.mjs";
import { desk, signedIn } from "./console_people.mjs";
import { claim, visit } from "./visitor.mjs";

const seen = [];
let staff;

before(async () => {
  staff = await desk("staff", "factor");
});

/** The six digits that an authenticator app shows now. */
function codeNow(secret) {
  const bits = [...secret.replace(/\s/g, "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(step).digest();
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function look(page, name) {
  seen.push(...(await looksOf(page, name)));
  page.complaints.length = 0;
}

async function password(page) {
  await page.goto("/console/login/");
  await page.locator("[name=username]").fill(staff.names.analyst);
  await page.locator("[name=password]").fill(staff.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

claim("a second factor is set up, asked for, refused when wrong, and a recovery code opens once", {}, async () => {
  const page = await signedIn(staff, "analyst");
  await page.goto("/console/account/");
  await page.getByRole("link", { name: "Set up" }).click();
  await look(page, "setting up");
  const secret = await page.locator(".enrol__secret").innerText();
  await page.locator("[name=current]").fill(staff.password);
  await page.locator("[name=code]").fill(codeNow(secret));
  await page.getByRole("button", { name: "Switch on" }).click();
  await page.getByRole("heading", { name: "The second factor is on" }).waitFor();
  await look(page, "recovery codes");
  const codes = await page.locator(".recovery-codes code").allInnerTexts();
  assert.equal(new Set(codes).size, 10);
  await page.getByRole("link", { name: "I have kept them" }).click();

  const next = await visit();
  await password(next);
  await next.getByRole("heading", { name: "Second step" }).waitFor();
  await look(next, "second step");
  await next.locator("[name=code]").fill("000000");
  await next.getByRole("button", { name: "Sign in" }).click();
  await next.locator(".error-summary").waitFor();
  await look(next, "second step, refused");
  await next.locator("[name=code]").fill(codes[0]);
  await next.getByRole("button", { name: "Sign in" }).click();
  await next.waitForURL("**/console/");

  const again = await visit();
  await password(again);
  await again.locator("[name=code]").fill(codes[0]);
  await again.getByRole("button", { name: "Sign in" }).click();
  await again.locator(".error-summary").waitFor();
});

claim("what is not there, and what is not for one, is said in the look of the console", {}, async () => {
  const page = await signedIn(staff, "call_taker");
  for (const [name, path, heading] of [
    ["no such request: refused", "/console/requests/999999999/", "There is no such request for you"],
    ["no such address: refused", "/console/moon/", "This is not there"],
    ["not for a call taker: refused", "/console/figures/", "Your role does not allow this"],
  ]) {
    await page.goto(path);
    assert.match(await page.locator("h1").innerText(), new RegExp(heading));
    assert.equal(await page.locator(".console-header").count(), 1);
    await look(page, name);
  }
});

claim("a person's own colors hold on every machine, whatever its system likes", {}, async () => {
  const page = await signedIn(staff, "agent");
  const lightness = () => page.evaluate(() => {
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
    return (red + green + blue) / 3;
  });
  assert.ok((await lightness()) > 200);
  await page.goto("/console/account/");
  await page.locator("[name=theme]").selectOption("dark");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  assert.ok((await lightness()) < 60);
  await page.goto("/console/");
  assert.ok((await lightness()) < 60);
});

claim("axe, the width of a screen and the browser find nothing wrong with these pages", {}, async () => {
  assert.equal(seen.length, 14);
  assert.deepEqual([...faultsOf(seen, ({ axe }) => axe), ...faultsOf(seen, ({ overflow }) => overflow), ...faultsOf(seen, complaintsOf)], []);
});

// The page for developers: what it shows of the session, and its box for any token.
import { ADA, APP, EMULATOR, enterPassword, expect, expectWellFormed, test } from "./fixtures.ts";
import type { Page } from "@playwright/test";

const DEBUG = `${APP}/debug/auth`;

/** A token that the emulator signs, good unless `claims` say otherwise. */
async function mint(page: Page, claims: Record<string, unknown> = {}) {
  const now = Math.floor(Date.now() / 1000);
  const answer = await page.request.post(`${EMULATOR}/_emulator/sign`, {
    data: {
      claims: {
        iss: `${EMULATOR}/user_management/client_emulator`,
        sub: "user_pasted",
        sid: "session_pasted",
        exp: now + 300,
        ...claims,
      },
    },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  return ((await answer.json()) as { token: string }).token;
}

async function check(page: Page, token: string) {
  await page.getByRole("textbox", { name: "Token" }).fill(token);
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expect(page.getByRole("heading", { name: "The pasted token" })).toBeInViewport();
}

test("signed out, the page says so and offers a box", async ({ page }) => {
  await page.goto(DEBUG);
  await expectWellFormed(page);
  await expect(page.getByRole("region", { name: "Session", exact: true })).toContainText("Signed out");
  await expect(page.getByRole("region", { name: "The session’s token" })).toHaveCount(0);
});

test("signed in, it shows session, claims and verdicts, and never a token", async ({ page }) => {
  await page.goto("/sign-in?return_to=/debug/auth");
  await enterPassword(page);
  await expect(page).toHaveURL(DEBUG);
  await expectWellFormed(page);
  const session = page.getByRole("region", { name: "Session", exact: true });
  await expect(session).toContainText("Signed in");
  await expect(session).toContainText(ADA.email);
  await expect(session).toContainText(/wos-session-\w+, \d+ bytes in one piece/);
  const token = page.getByRole("region", { name: "The session’s token" });
  await expect(token.getByRole("table", { name: "Providers" })).toContainText("Every check is passed");
  await expect(token.getByRole("table", { name: "Header" })).toContainText("RS256");
  await expect(token.getByRole("table", { name: "Claims" })).toContainText("org_id");
  expect(await page.content()).not.toContain("eyJ");
});

test("a pasted token is explained, and is nowhere to be seen", async ({ page }) => {
  await page.goto(DEBUG);
  const good = await mint(page);
  await check(page, good);
  const pasted = page.getByRole("region", { name: "The pasted token" });
  await expect(pasted).toContainText("Accepted");
  await expect(pasted.getByRole("table", { name: "Claims" })).toContainText("user_pasted");
  await expectWellFormed(page);
  expect(page.url()).toBe(`${DEBUG}#pasted`);
  expect(await page.content()).not.toContain(good.split(".")[2]);
  await expect(page.getByRole("textbox", { name: "Token" })).toHaveValue("");

  await check(page, await mint(page, { iss: `${EMULATOR}/user_management/client_emulator/` }));
  await expect(pasted).toContainText("remove the trailing slash");
  await check(page, "no token");
  await expect(pasted).toContainText("there is white space in it");
});

test("it fits on a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(DEBUG);
  await check(page, await mint(page));
  expect(await page.locator("html").evaluate((html) => html.scrollWidth)).toBe(390);
});

test("the development banner leads here", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("complementary", { name: "Development" }).getByRole("link", { name: "Debug" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Session and tokens");
});

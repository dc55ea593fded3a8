// Somebody of the team signs in as a user, from where WorkOS has its dashboard: the browser comes to the app either by the
// Initiate login URI, or by a callback that no request of the app's asked for. Both end signed in, and say so.
import { ADA, APP, EMULATOR, expect, expectSignedOut, expectWellFormed, resetEmulator, serverSays, setLifetimes, signInAtAuthKit, status, test } from "./fixtures.ts";
import { tellAuthKit } from "./server.ts";
import type { Page } from "@playwright/test";

const SUPPORT = "support@example.com";

test.afterEach(({ page }) => resetEmulator(page));

/** What says that this is an impersonation. */
const banner = (page: Page) => page.getByRole("complementary", { name: "Impersonation" });

async function impersonate(page: Page, email: string, reason: string) {
  await page.goto(EMULATOR);
  await page.getByRole("link", { name: "Impersonate a user" }).click();
  await expectWellFormed(page);
  await expect(page.locator("[autofocus]")).toBeFocused();
  await page.getByLabel("User’s email").fill(email);
  await page.getByLabel("Your email").fill(SUPPORT);
  await page.getByLabel("Reason").fill(reason);
  await page.getByRole("button", { name: "Impersonate" }).click();
}

async function expectImpersonated(page: Page) {
  await expect(page).toHaveURL(new RegExp(`^${APP}/`));
  await expect(banner(page)).toContainText(SUPPORT);
  await expect(banner(page)).toContainText(ADA.name);
  await expect(banner(page)).toContainText("ticket <7>");
  await page.reload();
  await expect(banner(page)).toBeVisible();
  await page.goto("/account");
  await expect(page.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible();
  await expect(banner(page)).toBeVisible();
}

for (const [way, uri] of [
  ["the Initiate login URI", `${APP}/sign-in`],
  ["a callback without state", null],
] as const) {
  test(`by ${way}, and out again`, async ({ page }) => {
    await tellAuthKit("/initiate_login_uri", { uri });
    await impersonate(page, ADA.email, "ticket <7>");
    await expectImpersonated(page);
    await banner(page).getByRole("button", { name: /Stop/ }).click();
    await expectSignedOut(page);
    await expect(banner(page)).toHaveCount(0);
    // The impersonation is over at AuthKit, too.
    await page.goto("/account");
    await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
  });
}

test.describe("what is wrong", () => {
  test.use({ tolerated: status(422) });

  test("a user who does not exist is said at the field", async ({ page }) => {
    await impersonate(page, "nobody@example.com", "");
    await expect(page.getByRole("alert")).toContainText("No user has this email.");
    await expect(page.getByLabel("User’s email")).toHaveAttribute("aria-invalid", "true");
  });
});

test("an impersonation replaces the session of the browser, and ends with its hour", async ({ page, context }) => {
  // Tokens that have expired already: each page asks AuthKit for new ones.
  await setLifetimes(page, { access_token: -5 });
  await signInAtAuthKit(context, "grace@example.com");
  await page.goto("/sign-in?return_to=/account");
  await expect(page.getByRole("heading", { name: "Grace Hopper", level: 1 })).toBeVisible();
  await impersonate(page, ADA.email, "ticket <7>");
  await expectImpersonated(page);
  await tellAuthKit("/clock", { offset_seconds: 3601 });
  await expect.poll(() => serverSays(page), { timeout: 15_000 }).toContain("SignedOut");
  await page.goto("/account");
  await expect(page).toHaveURL(new RegExp(`^${EMULATOR}/sign-in`));
  await expect(page.getByRole("button", { name: /Continue as/ })).toHaveCount(0);
});

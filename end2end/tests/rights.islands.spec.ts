// A right that is given or taken shows in the page that is open, without a click.
import { ADA, countLoads, expect, expectSignedIn, resetEmulator, serverSays, setEntitlements, setFeatureFlag, setRoles, signInAtAuthKit, test } from "./fixtures.ts";
import { expectLive } from "./live.ts";
import type { Page } from "@playwright/test";

test.afterEach(({ page }) => resetEmulator(page));

const admin = (page: Page) => page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" });

test("a role taken and given while a page with live data is open", async ({ page }) => {
  await signInAtAuthKit(page.context(), ADA.email);
  await page.goto("/sign-in?return_to=/live");
  await expectSignedIn(page);
  await expectLive(page);
  await expect(admin(page)).toBeVisible();
  const loads = countLoads(page);
  await setRoles(ADA.email, "Acme", "member");
  await expect(admin(page)).toHaveCount(0);
  await setRoles(ADA.email, "Acme", "member", "admin");
  // A page that was just loaded anew waits with the next time.
  await expect(admin(page)).toBeVisible({ timeout: 20_000 });
  await expectSignedIn(page);
  expect(loads.length, "once for each change").toBe(2);
});

test("a page without live data knows when it is looked at again", async ({ page }) => {
  await signInAtAuthKit(page.context(), ADA.email);
  await page.goto("/account");
  await expect(page.getByRole("button", { name: "Copy session id" })).toBeEnabled();
  await expect(admin(page)).toBeVisible();
  await setRoles(ADA.email, "Acme", "member");
  await expect(async () => {
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    await expect(admin(page)).toHaveCount(0, { timeout: 500 });
  }).toPass();
});

test("entitlements and feature flags of the next token are on the account page", async ({ page }) => {
  await setEntitlements("Acme", "audit-logs");
  await setFeatureFlag("new-search", { enabled: true, users: { [ADA.email]: true } });
  await signInAtAuthKit(page.context(), ADA.email);
  await page.goto("/account");
  const organization = page.getByRole("region", { name: "Organization" });
  await expect(organization).toContainText("audit-logs");
  await expect(organization).toContainText("new-search");
  const said = JSON.parse(await serverSays(page));
  expect(said.SignedIn.entitlements).toEqual(["audit-logs"]);
  expect(said.SignedIn.feature_flags).toEqual(["new-search"]);
  expect(said.SignedIn.roles).toContain("admin");
});

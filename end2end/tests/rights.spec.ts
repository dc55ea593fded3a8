// A right that is given or taken holds from the next page on, with JavaScript and without.
import { ADA, expect, expectWellFormed, resetEmulator, setRoles, signInAtAuthKit, status, test } from "./fixtures.ts";
import type { Page } from "@playwright/test";

// What a page says of its own status.
test.use({ tolerated: status(403) });
test.afterEach(({ page }) => resetEmulator(page));

const admin = (page: Page) => page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" });

test("a role that is taken and given again", async ({ page }) => {
  await signInAtAuthKit(page.context(), ADA.email);
  await page.goto("/admin");
  await expect(admin(page)).toBeVisible();
  await setRoles(ADA.email, "Acme", "member");
  await expect(async () => {
    const answer = await page.goto("/admin");
    expect(answer?.status()).toBe(403);
  }).toPass();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("You may not see this page");
  await expect(admin(page)).toHaveCount(0);
  await expectWellFormed(page);
  await setRoles(ADA.email, "Acme", "member", "admin");
  await expect(async () => {
    const answer = await page.goto("/admin");
    expect(answer?.status()).toBe(200);
  }).toPass();
  await expect(admin(page)).toBeVisible();
});

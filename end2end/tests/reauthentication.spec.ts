// What can't be undone wants a sign-in of the last minutes: the way there and back, with and without scripts.
import { ADA, APP, enterPassword, expect, expectSignedOut, expectWellFormed, resetEmulator, signInAtAuthKit, test } from "./fixtures.ts";
import { tellAuthKit } from "./server.ts";
import type { Page } from "@playwright/test";

test.afterEach(({ page }) => resetEmulator(page));

const field = (page: Page) => page.getByLabel("Type “delete” to confirm");
const confirm = (page: Page) => page.getByRole("link", { name: "Confirm that it is you" });

/** On the account page of somebody who has signed in so many seconds ago. */
async function account(page: Page, ago: number, email = ADA.email) {
  await signInAtAuthKit(page.context(), email, { signed_in_ago: ago });
  await page.goto("/account");
  await expect(page.getByRole("heading", { name: "Delete account" })).toBeVisible();
}

test("who has signed in long ago confirms that it is them, comes back, and deletes the account", async ({ page, newEmail }) => {
  await tellAuthKit("/users", { email: newEmail, password: "correct-horse-battery" });
  await account(page, 3_600, newEmail);
  await expect(field(page)).toHaveCount(0);
  await expectWellFormed(page);
  await confirm(page).click();
  // AuthKit has a session, and asks all the same.
  await enterPassword(page, newEmail);
  await expect(page).toHaveURL(`${APP}/account`);
  await field(page).fill("delete");
  await page.getByRole("button", { name: "Delete my account" }).click();
  await expect(page.getByRole("heading", { name: "Your account is deleted" })).toBeVisible();
  await expectWellFormed(page);
  await expectSignedOut(page);
});

test("a form that has waited too long leads to the sign-in, is not sent, and the page is there again", async ({ page, javaScriptEnabled }) => {
  await account(page, 296);
  if (javaScriptEnabled) {
    // The page says so by itself, once it is time.
    await expect(confirm(page)).toBeVisible({ timeout: 20_000 });
    await confirm(page).click();
  } else {
    await field(page).fill("delete");
    await expect
      .poll(async () => (await page.request.get("/account")).text(), { timeout: 20_000 })
      .toContain("Confirm that it is you");
    await page.getByRole("button", { name: "Delete my account" }).click();
  }
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/account`);
  await expect(page.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible();
  await expect(field(page)).toHaveValue("");
  const notice = page.getByRole("status").filter({ hasText: "Nothing has been done yet" });
  await expect(notice).toHaveCount(javaScriptEnabled ? 0 : 1);
  await expectWellFormed(page);
});

test("somebody else who signs in instead is led home", async ({ page }) => {
  await account(page, 3_600);
  await confirm(page).click();
  await enterPassword(page, "grace@example.com");
  await expect(page).toHaveURL(`${APP}/`);
  await expect(page.getByRole("banner")).toContainText("Grace");
  await expect(page.getByRole("status").filter({ hasText: "another user than before" })).toBeVisible();
});

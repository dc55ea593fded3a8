// A link from outside that chooses where to sign in: the user is asked, and goes on with a button.
import { enterPassword, expect, test } from "./fixtures.ts";

test("a link from outside with an organization is asked about, and goes on", async ({ page }) => {
  // As from an e-mail, or typed.
  await page.goto("/sign-in?return_to=/account&login_hint=ada@example.com&provider=authkit&domain_hint=example.com");
  await expect(page.getByRole("heading", { name: "Do you want to sign in like this?" })).toBeVisible();
  await expect(page.getByText("example.com", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Go on to sign in" }).click();
  await enterPassword(page);
  await expect(page).toHaveURL("/account");
});

test("a link of the app's own is not asked about", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Sign in to this page" }).click();
  await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
});

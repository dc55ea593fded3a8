// Who may see what, by path: pages lead to the sign-in and back, say why not at their own address, and tell scripts.
import { ADA, APP, enterPassword, expect, expectSignedOut, expectWellFormed, signOut, status, test } from "./fixtures.ts";

const GRACE = "grace@example.com";

test("a protected page leads to the sign-in and back, and is protected again after signing out", async ({ page }) => {
  await page.goto("/account/organizations?tab=2");
  await enterPassword(page);
  await expect(page.getByRole("heading", { name: "Your organizations", level: 1 })).toBeVisible();
  await expect(page).toHaveURL(`${APP}/account/organizations?tab=2`);
  await signOut(page);
  await page.goto("/account");
  await expect(page.getByLabel("Email")).toBeVisible();
  // What everybody may see says who is there, and does not lead anywhere.
  await page.goto("/live");
  await expectSignedOut(page);
  await expect(page).toHaveURL(`${APP}/live`);
});

test.describe("a member who lacks the role", () => {
  test.use({ tolerated: status(401, 403) });

  test("sees why at the same address, and an administrator sees the page", async ({ page }) => {
    await page.goto("/admin");
    await enterPassword(page, GRACE);
    await expect(page.getByRole("heading", { name: "You may not see this page" })).toBeVisible();
    await expect(page).toHaveURL(`${APP}/admin`);
    await expectWellFormed(page);
    const answer = await page.reload();
    expect(answer!.status()).toBe(403);
    await page.getByRole("link", { name: "Switch organization" }).click();
    await expect(page).toHaveURL(`${APP}/account/organizations`);
    await page.goto("/account");
    await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" })).toHaveCount(0);
    await signOut(page);

    await page.goto("/account");
    await enterPassword(page, ADA.email);
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" }).click();
    const routes = page.getByRole("table", { name: "Who may see what" });
    await expect(routes.getByRole("row", { name: "/admin" })).toContainText("guard HasRole<Admin>");
    await expect(page.getByRole("table", { name: "Who did what" })).toBeVisible();
    await expectWellFormed(page);
  });

  test("a fetch in the page is told, and not led", async ({ page, context, javaScriptEnabled }) => {
    test.skip(!javaScriptEnabled, "a fetch is a script's");
    const fetched = (path: string) =>
      page.evaluate(async (path) => {
        const answer = await fetch(path);
        return [answer.status, answer.redirected, answer.headers.get("x-authkit-reason"), await answer.text()];
      }, path);
    await page.goto("/account");
    await enterPassword(page, GRACE);
    await expect(page.getByRole("heading", { name: "Grace Hopper", level: 1 })).toBeVisible();
    expect(await fetched("/admin")).toEqual([403, false, "forbidden", '"Forbidden"']);
    await context.clearCookies();
    expect(await fetched("/account")).toEqual([401, false, "signed_out", '"SignedOut"']);
  });
});

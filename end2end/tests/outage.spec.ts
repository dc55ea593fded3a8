// AuthKit is down: a page that can't tell who is there says so, and recovers without being asked to.
import { ADA, APP, clearFaults, enterPassword, expect, resetEmulator, setLifetimes, startOutage, status, test } from "./fixtures.ts";

test.use({ tolerated: status(503) });
// Every request renews the token, and it is soon past the ten seconds that clocks may differ.
test.beforeEach(({ page }) => setLifetimes(page, { access_token: -5 }));
test.afterEach(({ page }) => resetEmulator(page));

test("a page that could not tell who is there tries again by itself", async ({ page }) => {
  await page.goto("/account?tab=claims");
  await enterPassword(page);
  await expect(page.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible();
  await startOutage(page);

  const answer = await page.goto("/account?tab=claims");
  expect(answer!.status()).toBe(503);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/can.t be checked right now/);
  await expect(page.getByText("You have not been signed out.")).toBeVisible();

  await clearFaults(page);
  await expect(page.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible({ timeout: 15_000 });
  await expect(page).toHaveURL(`${APP}/account?tab=claims`);
});

test("the home page does too", async ({ page }) => {
  await page.goto("/account");
  await enterPassword(page);
  await startOutage(page);
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/can.t check who you are/);
  await clearFaults(page);
  await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible({ timeout: 15_000 });
});

test("no other page comes back by itself", async ({ request }) => {
  for (const path of ["/", "/signed-out", "/nothing-here"]) {
    expect(await (await request.get(path)).text()).not.toMatch(/http-equiv/i);
  }
});

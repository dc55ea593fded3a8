// Each page by itself: landmarks, headings, names, keyboard, headers, and both colour schemes.
import { EMULATOR, enterPassword, expect, expectWellFormed, status, test } from "./fixtures.ts";

for (const path of ["/", "/signed-out"]) {
  test(`${path} is well formed and says that this is development`, async ({ page }) => {
    await page.goto(path);
    await expectWellFormed(page);
    await expect(page.getByRole("banner")).toHaveCount(1);
    await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
    await expect(page.getByRole("complementary", { name: "Development" })).toContainText(EMULATOR);
  });
}

test("the account page is well formed", async ({ page }) => {
  await page.goto("/account");
  await enterPassword(page);
  await expectWellFormed(page);
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Account" })).toHaveAttribute(
    "aria-current",
    "page",
  );
});

test("someone without an organization is told so", async ({ page }) => {
  await page.goto("/account");
  await page.getByRole("button", { name: "Sign in as Alan Turing" }).click();
  await expect(page.getByRole("heading", { name: "No organization" })).toBeVisible();
  await expectWellFormed(page);
});

for (const path of ["/sign-in", "/sign-up"]) {
  test(`${path} leads to a page that is well formed and marked as development`, async ({ page }) => {
    await page.goto(path);
    await expectWellFormed(page);
    await expect(page.getByText("Development", { exact: true })).toBeVisible();
    await expect(page.getByLabel("Email")).toBeFocused();
  });
}

test.describe("pages with a status of their own", () => {
  test.use({ tolerated: status(400, 404) });

  test("an address where nothing is", async ({ page }) => {
    const answer = await page.goto("/nothing-here");
    expect(answer!.status()).toBe(404);
    await expect(page.getByRole("heading", { name: "Page not found" })).toBeVisible();
    await expectWellFormed(page);
    await page.getByRole("main").getByRole("link", { name: "Go home" }).click();
    await expect(page).toHaveURL(/\/$/);
  });

  test("the page that explains a failure", async ({ page }) => {
    const answer = await page.goto("/callback");
    expect(answer!.status()).toBe(400);
    await expectWellFormed(page);
  });
});

test("the keyboard meets the skip link first", async ({ page }) => {
  await page.goto("/");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
});

test("nothing is wider than a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const width = () => page.locator("html").evaluate((html) => html.scrollWidth);
  await page.goto("/");
  expect(await width()).toBe(390);
  await page.goto("/account");
  expect(await width()).toBe(390);
  await enterPassword(page);
  await expect(page.getByRole("table", { name: "Claims" })).toBeVisible();
  expect(await width()).toBe(390);
});

test("dark and light are both there", async ({ page }) => {
  const ground = () => page.locator("html").evaluate((html) => getComputedStyle(html).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  const light = await ground();
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await ground()).not.toBe(light);
});

test("a page carries the headers it should", async ({ request }) => {
  const headers = (await request.get("/")).headers();
  const policy = headers["content-security-policy"];
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/script-src [^;]*'nonce-/);
  expect(policy).not.toContain("unsafe-inline");
  expect(headers["cache-control"]).toMatch(/no-store/);
  expect(headers["vary"]).toMatch(/cookie/i);
  expect(headers["x-content-type-options"]).toBe("nosniff");
});

test("signing out takes a form of this site", async ({ request }) => {
  const foreign = await request.post("/sign-out", {
    headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    maxRedirects: 0,
  });
  expect(foreign.status()).toBe(403);
  const link = await request.get("/sign-out", { maxRedirects: 0 });
  expect(link.status()).toBe(405);
});

// What JavaScript adds to the home page.
import { ADA, enterPassword, expect, expectScripts, test } from "./fixtures.ts";

test("the panel starts from the server's answer and goes on with the same in the browser", async ({ page }) => {
  await page.goto("/sign-in");
  await enterPassword(page);
  const html = await (await page.goto("/"))!.text();
  expect(html).toContain("the server");
  const panel = page.getByRole("region", { name: "Auth state in the browser" });
  await expect(panel).toContainText("this browser");
  await expect(panel.getByRole("status")).toHaveText("Signed in");
  await expect(panel).toContainText(ADA.email);
});

test("the page stands still while it comes to life", async ({ page }) => {
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto("/", { waitUntil: "networkidle" });
  await expectScripts(page);
  expect(await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts)).toEqual([]);
});

test("a click copies the session id", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/account");
  await enterPassword(page);
  await page.getByRole("button", { name: "Copy session id" }).click();
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toMatch(/^session_/);
});

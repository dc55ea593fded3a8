// The page of numbers: what it says and does, with JavaScript and without it.
import { APP, enterPassword, expect, expectWellFormed, test } from "./fixtures.ts";
import { GRACE, add, list, openLive, remove, row, unique } from "./live.ts";

test("a stranger is told what it is, and a sign-in leads back to it", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Live" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Numbers that are the same in every window");
  await expect(list(page)).toHaveCount(0);
  await expectWellFormed(page);
  await page.getByRole("link", { name: "Sign in to see it" }).click();
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/live`);
  await expect(page.getByRole("heading", { name: "Live numbers" })).toBeVisible();
});

test("the home page leads to it", async ({ page }) => {
  await page.goto("/sign-in?return_to=/");
  await enterPassword(page);
  await page.getByRole("link", { name: "See live numbers" }).click();
  await expect(page.getByRole("heading", { name: "Live numbers" })).toBeVisible();
});

test("a number is added and removed", async ({ page }) => {
  const value = unique();
  await openLive(page);
  await add(page, -value);
  await expect(row(page, -value)).toHaveCount(1);
  await expect(row(page, -value)).toContainText("You");
  await expect(row(page, -value)).toContainText("just now");
  await expect(page).toHaveURL(`${APP}/live`);
  await expectWellFormed(page);

  await page.reload();
  await expect(row(page, -value)).toHaveCount(1);
  await remove(page, -value);
  await expect(row(page, -value)).toHaveCount(0);
  await page.reload();
  await expect(row(page, -value)).toHaveCount(0);
});

test("only an administrator is offered to remove what others have added", async ({ page, browser, javaScriptEnabled }) => {
  const value = unique();
  await openLive(page);
  await add(page, value);
  await expect(row(page, value)).toContainText("You");

  const context = await browser.newContext({ javaScriptEnabled });
  const other = await context.newPage();
  await openLive(other, GRACE.email);
  await expect(row(other, value)).toContainText("Ada Lovelace");
  await expect(row(other, value).getByRole("button")).toHaveCount(0);
  await add(other, value + 1);
  await expect(row(other, value + 1).getByRole("button")).toHaveCount(1);
  await context.close();

  await page.reload();
  await remove(page, value + 1);
  await expect(row(page, value + 1)).toHaveCount(0);
});

test.describe("refused", () => {
  test("a value out of range is told, by the field itself and by the page", async ({ page }) => {
    await openLive(page);
    const field = page.getByLabel("Number", { exact: true });
    await add(page, 2_000_000);
    await expect(field).toHaveJSProperty("validity.rangeOverflow", true);
    await expect(row(page, 2_000_000)).toHaveCount(0);

    await field.evaluate((field: HTMLInputElement) => (field.max = ""));
    await page.getByRole("button", { name: "Add number" }).click();
    await expect(page.getByRole("alert")).toContainText("Write a whole number in digits, from −1,000,000 to 1,000,000.");
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(row(page, 2_000_000)).toHaveCount(0);
  });

  test("a number that is gone is told", async ({ page, javaScriptEnabled }) => {
    test.skip(javaScriptEnabled, "with JavaScript it is gone from the list");
    const value = unique();
    await openLive(page);
    await add(page, value);
    const id = await row(page, value).locator("input[name=id]").inputValue();
    const answer = await page.request.post("/api/remove_number", {
      headers: { accept: "application/json", origin: APP },
      form: { id },
    });
    expect(answer.ok()).toBe(true);
    await remove(page, value);
    await expect(page.getByRole("alert")).toContainText("That number is gone already.");
    await expect(row(page, value)).toHaveCount(0);
  });
});

// Notes of an organization, with JavaScript and without: what one writes the other sees, and no other organization.
import { ADA, enterPassword, expect, expectWellFormed, status, test } from "./fixtures.ts";
import { GRACE, expectLive } from "./live.ts";
import type { Page } from "@playwright/test";

const list = (page: Page) => page.getByRole("list", { name: "Latest notes" });
const note = (page: Page, text: string) => list(page).getByRole("listitem").filter({ hasText: text });

async function open(page: Page, email: string) {
  await page.goto("/sign-in?return_to=/notes");
  await enterPassword(page, email);
  await expect(page.getByRole("heading", { name: "Notes", exact: true })).toBeVisible();
}

async function write(page: Page, text: string) {
  await page.getByLabel("Note", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Write" }).click();
}

async function switchTo(page: Page, organization: string) {
  await page.getByRole("link", { name: "Switch organization" }).click();
  await page.getByRole("button", { name: `Switch to ${organization}` }).click();
  await expect(page.getByRole("row", { name: organization })).toContainText("You are here");
  await page.goto("/notes");
}

test("an organization reads what it writes, and no other does", async ({ page, browser, javaScriptEnabled }) => {
  const text = `Milk ${Date.now()}`;
  await open(page, ADA.email);
  await write(page, text);
  await expect(note(page, text)).toContainText("Ada Lovelace");
  await expectWellFormed(page);

  const context = await browser.newContext({ javaScriptEnabled });
  const grace = await context.newPage();
  await open(grace, GRACE.email);
  await expect(note(grace, text)).toHaveCount(1);
  await expect(note(grace, text).getByRole("button")).toHaveCount(0);
  await write(grace, `${text}, and bread`);
  if (javaScriptEnabled === false) await page.reload();
  await expect(note(page, `${text}, and bread`)).toContainText("Grace Hopper");
  await context.close();

  await switchTo(page, "Globex");
  await expect(page.getByRole("heading", { name: "Notes", exact: true })).toBeVisible();
  await expect(note(page, text)).toHaveCount(0);
  await expect(page.getByText("There is nothing here yet.")).toBeVisible();
  await switchTo(page, "Acme");
  await expect(page.getByText("There is nothing here yet.")).toBeHidden();
  await note(page, text).filter({ hasNotText: "bread" }).getByRole("button", { name: "Remove" }).click();
  await expect(note(page, text)).toHaveCount(1);
});

test("a note that is too long is told at its field, and what was typed is kept", async ({ page }) => {
  await open(page, ADA.email);
  const long = "x".repeat(281);
  await write(page, long);
  await expect(page.getByRole("alert")).toContainText("Write at most 280 characters: these are 281.");
  const field = page.getByLabel("Note", { exact: true });
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveValue(long);
  await expect(note(page, long)).toHaveCount(0);
});

test.describe("in no organization", () => {
  test.use({ tolerated: status(403) });

  test("one is shown the way to one", async ({ page }) => {
    await page.goto("/sign-in?return_to=/notes");
    await enterPassword(page, "alan@example.com");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Choose an organization first");
    await expect(page.getByRole("link", { name: "Choose an organization" })).toBeVisible();
  });
});

test("the name and value of the button that is pressed are sent, with scripts too", async ({ page, javaScriptEnabled }) => {
  const text = `By a button ${Date.now()}`;
  await open(page, ADA.email);
  // What an island finds when it comes has to be what the server wrote.
  if (javaScriptEnabled !== false) await expectLive(page);
  const form = page.locator("form", { has: page.getByLabel("Note", { exact: true }) });
  await form.evaluate((form, text) => {
    form.querySelector("textarea")?.remove();
    const button = form.querySelector("button");
    if (button) [button.name, button.value] = ["text", text];
  }, text);
  await page.getByRole("button", { name: "Write" }).click();
  await expect(note(page, text).getByRole("button", { name: "Remove" })).toBeVisible();
});

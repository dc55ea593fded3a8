// Moving a session to another organization: plain forms, so with JavaScript and without.
import { ADA, APP, EMULATOR, enterPassword, expect, expectWellFormed, signIn, test } from "./fixtures.ts";

test("a session moves to another organization and back", async ({ page }) => {
  await page.goto("/account");
  await enterPassword(page);
  await page.getByRole("link", { name: "Switch organization" }).click();
  await expectWellFormed(page);
  const row = (name: string) => page.getByRole("row", { name });
  await expect(row("Acme")).toContainText("You are here");
  await page.getByRole("button", { name: "Switch to Globex" }).click();
  await expect(row("Globex")).toContainText("You are here");
  await page.getByRole("link", { name: "Back to your account" }).click();
  await expect(page.getByRole("main")).toContainText("member");
  await page.goto("/account/organizations");
  await page.getByRole("button", { name: "Switch to Acme" }).click();
  await expect(row("Acme")).toContainText("You are here");
});

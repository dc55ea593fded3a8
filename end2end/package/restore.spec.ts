// A backup is made and restored by the commands of docs/deploy.md: of SQLite by script/try-package, of PostgreSQL by
// script/try-deploy, which have put them into files on the machine.
import { expect, expectSignedIn, test } from "../tests/fixtures.ts";
import { add, openLive, row, unique } from "../tests/live.ts";
import { run } from "./machine.ts";

test.setTimeout(120_000);

test("a restored database has what it had, and its users are signed in", async ({ page }) => {
  const before = unique();
  await openLive(page);
  await add(page, before);
  // It is stored: until then it has no button.
  await expect(row(page, before).getByRole("button")).toBeVisible();
  await run("backup");
  await add(page, before + 1);
  await expect(row(page, before + 1)).toBeVisible();
  await page.goto("about:blank");
  await run("restore");
  await expect(async () => {
    const answer = await page.request.get("/healthz");
    expect(answer.ok()).toBe(true);
  }).toPass({ timeout: 20_000 });
  await page.goto("/live");
  await expectSignedIn(page);
  await expect(row(page, before)).toBeVisible();
  await expect(row(page, before + 1)).toHaveCount(0);
});

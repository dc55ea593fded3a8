// An app that does not let everybody in: SIGN_IN_ALLOWED_DOMAINS, by the hook on_sign_in.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADA, enterPassword, expect, expectSignedOut, expectWellFormed, status, test } from "./fixtures.ts";
import { startServer, type Program } from "./program.ts";
import { local, port } from "./server.ts";

const app = local(3196);

let server: Program | undefined;
let folder: string | undefined;

test.use({ baseURL: app, tolerated: status(403) });

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "authkit-leptos-"));
  const told = { DATA_DIR: folder, EMULATOR_ADDR: `127.0.0.1:${port(3197)}`, SIGN_IN_ALLOWED_DOMAINS: "acme.test" };
  server = await startServer(app, told);
});

test.afterAll(async () => {
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test("somebody whom the app does not let in reads why, and is asked for another account", async ({ page }) => {
  await page.goto("/account");
  await enterPassword(page);
  await expect(page).toHaveURL(/\/sign-in-failed\?/);
  await expect(page.getByRole("main")).toContainText(`${ADA.email} is not among those who may use this app.`);
  await expect(page.getByRole("main")).toContainText("app_not_invited");
  await expectWellFormed(page);
  await page.getByRole("link", { name: "Use another account" }).click();
  await expect(page).toHaveURL((url) => url.origin === local(3197));
  await expect(page.getByLabel("Password")).toBeVisible();
  await page.goto("/");
  await expectSignedOut(page);
});

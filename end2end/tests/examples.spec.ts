// The examples of the library, as they are: each is a whole app of its own, with an AuthKit beside it and no account.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ADA, enterPassword, expect, status, test } from "./fixtures.ts";
import { Program } from "./program.ts";
import { port, serverBinary } from "./server.ts";

const PORT = port(3192);
const APP = `http://localhost:${PORT}`;
/** cargo builds them with the tests, in the folder of debug builds. */
const EXAMPLES = join(dirname(dirname(serverBinary())), "debug/examples");

// The page that explains a failure has a status of its own, and one of plain text names no icon.
test.use({ baseURL: APP, tolerated: status(400, 404) });

for (const name of ["minimal", "axum"]) {
  test.describe(`the example ${name}`, () => {
    let example: Program;
    let folder: string;

    test.beforeAll(async () => {
      const program = join(EXAMPLES, name);
      expect(existsSync(program), `${program} is there: cargo build -p authkit-leptos --features ssr --examples`).toBe(true);
      folder = await mkdtemp(join(tmpdir(), "authkit-example-"));
      const env = { PATH: process.env.PATH, PORT: String(PORT), EMULATOR_ADDR: `127.0.0.1:${port(3193)}` };
      example = new Program(program, [], env, process.stderr, folder);
      await example.answers(() => fetch(APP).then((answer) => answer.ok));
    });

    test.afterAll(async () => {
      await example?.stop();
      if (folder) await rm(folder, { recursive: true, force: true });
    });

    test("signs in, protects a page, and signs out in another tab", async ({ page, context }) => {
      await page.goto("/");
      await page.getByRole("link", { name: "Sign in" }).click();
      await enterPassword(page, ADA.email);
      await expect(page).toHaveURL(`${APP}/`);
      await page.getByRole("link", { name: "Your account" }).click();
      await expect(page.getByText("Ada Lovelace")).toBeVisible();

      const other = await context.newPage();
      await other.goto("/");
      await other.getByRole("button", { name: "Sign out" }).click();
      await expect(other.getByRole("heading", { name: "You are signed out" })).toBeVisible();
      await expect(other).toHaveURL(`${APP}/signed-out`);

      await page.goto("/");
      await expect(page.getByRole("link", { name: "Sign in" })).toBeVisible();
      await expect(page.getByRole("link", { name: "Your account" })).toHaveCount(0);
    });

    test("explains a sign-in that was cancelled", async ({ page }) => {
      await page.goto("/sign-in-failed?reason=access_denied&return_to=/account");
      await expect(page.getByRole("heading", { name: "Sign-in cancelled" })).toBeVisible();
      await expect(page.getByRole("link", { name: "Try again" })).toHaveAttribute("href", "/sign-in?return_to=/account");
    });
  });
}

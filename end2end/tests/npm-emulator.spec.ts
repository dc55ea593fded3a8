// The same program against WorkOS's own emulator (npm `workos`), configured as for the real WorkOS.
// It shows no page: it signs in the user of `login_hint`, or else its first.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmulator, type Emulator } from "workos/emulate";
import { expect, expectSignedIn, expectSignedOut, signOut, test } from "./fixtures.ts";
import { startServer, type Program } from "./program.ts";

const app = "http://localhost:3190";
const port = 3191;

let emulator: Emulator | undefined;
let server: Program | undefined;
let folder: string | undefined;

test.use({ baseURL: app });

test.beforeAll(async () => {
  emulator = await createEmulator({
    port,
    seed: {
      users: [
        { email: "mary@example.com", first_name: "Mary", last_name: "Jackson", password: "a long password", email_verified: true },
        { email: "annie@example.com", first_name: "Annie", last_name: "Easley", password: "a long password", email_verified: true },
      ],
    },
  });
  folder = await mkdtemp(join(tmpdir(), "authkit-leptos-"));
  server = await startServer(app, {
    DATA_DIR: folder,
    WORKOS_API_HOSTNAME: "localhost",
    WORKOS_API_HTTPS: "false",
    WORKOS_API_PORT: String(emulator.port),
    WORKOS_CLIENT_ID: "client_end_to_end",
    WORKOS_API_KEY: emulator.apiKey,
    WORKOS_REDIRECT_URI: `${app}/callback`,
    WORKOS_COOKIE_PASSWORD: "a password of the end-to-end tests, nobody else's",
  });
});

test.afterAll(async () => {
  await server?.stop();
  await emulator?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test("signs in the first user, and out again", async ({ page, context }) => {
  await page.goto("/account");
  await expect(page.getByRole("heading", { name: "Mary Jackson", level: 1 })).toBeVisible();
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Hello, Mary" })).toBeVisible();
  await expectSignedIn(page);
  await page.reload();
  await expectSignedIn(page);
  const later = await context.newPage();
  await later.goto("/account");
  await expect(later.getByRole("heading", { name: "Mary Jackson", level: 1 })).toBeVisible();
  await signOut(later);
  await expectSignedOut(later);
  await page.goto("/");
  await expectSignedOut(page);
});

test("two tabs sign in at once", async ({ context }) => {
  const [one, two] = [await context.newPage(), await context.newPage()];
  await Promise.all([one.goto("/sign-in?return_to=/account"), two.goto("/sign-in?return_to=/account%3Ftab%3D2")]);
  await expect(one).toHaveURL(`${app}/account`);
  await expect(two).toHaveURL(`${app}/account?tab=2`);
  await expectSignedIn(two);
});

test("signs in the user of login_hint", async ({ page }) => {
  await page.goto("/sign-in?return_to=/account&login_hint=annie@example.com");
  await expect(page).toHaveURL(`${app}/account`);
  await expect(page.getByRole("heading", { name: "Annie Easley", level: 1 })).toBeVisible();
});

test("does not say that this is the AuthKit of this machine", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("complementary", { name: "Development" })).toHaveCount(0);
});

// The same program against WorkOS's own emulator (npm `workos`), configured as for the real WorkOS.
// It shows no page: it signs in the user of `login_hint`, or else its first.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmulator, type Emulator } from "workos/emulate";
import type { Page } from "@playwright/test";
import { expect, expectSignedIn, expectSignedOut, signOut, status, test } from "./fixtures.ts";
import { startServer, type Program } from "./program.ts";
import { local, port } from "./server.ts";

const app = local(3190);

let emulator: Emulator | undefined;
let server: Program | undefined;
let folder: string | undefined;

test.use({ baseURL: app });

test.beforeAll(async () => {
  emulator = await createEmulator({
    port: port(3191),
    seed: {
      users: [
        { email: "mary@example.com", first_name: "Mary", last_name: "Jackson", password: "a long password", email_verified: true },
        { email: "annie@example.com", first_name: "Annie", last_name: "Easley", password: "a long password", email_verified: true },
        { email: "dorothy@example.com", first_name: "Dorothy", last_name: "Vaughan", impersonator: { email: "support@example.com", reason: "ticket 7" } },
      ],
      organizations: [{ name: "Langley" }],
      permissions: [{ slug: "numbers:write", name: "Write numbers" }],
      roles: [{ slug: "admin", name: "Admin", permissions: ["numbers:write"] }],
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

/** Posts a form to the app as a page of its own would. */
function post(page: Page, path: string, form: Record<string, string>) {
  const headers = { origin: app, "sec-fetch-site": "same-origin", accept: "application/json" };
  return page.request.post(`${app}${path}`, { form, headers, maxRedirects: 0 });
}

/** Asks WorkOS's emulator, as the app's server may. */
async function ask(path: string, body?: unknown) {
  const answer = await fetch(`${emulator!.url}${path}`, {
    method: body ? "POST" : "GET",
    headers: { authorization: `Bearer ${emulator!.apiKey}`, "content-type": "application/json" },
    body: body ? JSON.stringify(body) : undefined,
  });
  expect(answer.ok, `${path}: ${answer.status}`).toBe(true);
  return answer.json();
}

test("who is signed out gets no further than the guards", async ({ page }) => {
  const call = await post(page, "/api/add_number", { value: "1" });
  expect(call.status()).toBe(401);
  const document = await page.request.get(`${app}/account`, { maxRedirects: 0, headers: { accept: "text/html" } });
  expect(document.status()).toBe(302);
  expect(document.headers()["location"]).toBe("/sign-in?return_to=/account");
});

test("a role given in an organization lets through where it refused without", async ({ page, browser }) => {
  const [{ id: organization_id }] = (await ask("/organizations")).data;
  const users = (await ask("/user_management/users")).data as { id: string; email: string }[];
  const { id: user_id } = users.find((user) => user.email === "mary@example.com")!;
  const known = await ask(`/user_management/organization_memberships?user_id=${user_id}`);
  if (known.data.length === 0) {
    await ask("/user_management/organization_memberships", { organization_id, user_id, role_slug: "admin" });
  }
  const other = await (await browser.newContext({ baseURL: app })).newPage();
  await other.goto("/sign-in?return_to=/account&login_hint=annie@example.com");
  const added = await post(other, "/api/add_number", { value: "7" });
  expect(added.status(), await added.text()).toBe(200);
  const { id } = (await added.json()).answer;

  await page.goto("/sign-in?return_to=/account");
  await expect(page.getByRole("heading", { name: "Mary Jackson", level: 1 })).toBeVisible();
  const refused = await post(page, "/api/remove_number", { id });
  expect([refused.status(), (await refused.json()).code]).toEqual([403, "not_yours"]);

  const switched = await post(page, "/auth/switch-organization", { organization_id });
  expect(switched.status(), await switched.text()).toBeLessThan(400);
  await page.goto("/account");
  await expect(page.getByRole("main")).toContainText("numbers:write");
  const removed = await post(page, "/api/remove_number", { id });
  expect(removed.status(), await removed.text()).toBe(200);
  await other.context().close();
});

test("an impersonation says so on the page", async ({ page }) => {
  await page.goto("/sign-in?return_to=/account&login_hint=dorothy@example.com");
  const banner = page.getByRole("complementary", { name: "Impersonation" });
  await expect(banner).toContainText("support@example.com");
  await expect(banner).toContainText("ticket 7");
});

test.describe("re-authentication", () => {
  test.use({ tolerated: status(400) });

  test("ends in a refusal, as it tells no time of the sign-in, and the session stays", async ({ page }) => {
    await page.goto("/sign-in?return_to=/account");
    await expect(page.getByRole("heading", { name: "Mary Jackson", level: 1 })).toBeVisible();
    await page.goto("/sign-in?return_to=/account&max_age=300");
    await page.getByRole("button", { name: "Go on to sign in" }).click();
    await expect(page).toHaveURL(/\/sign-in-failed\?/);
    await expect(page.getByRole("main")).toContainText("auth_too_old");
    await page.goto("/");
    await expectSignedIn(page);
  });
});

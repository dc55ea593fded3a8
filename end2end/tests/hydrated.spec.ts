// The example of a fully hydrated app: its pages change in the browser, and the login follows.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BrowserContext, Page } from "@playwright/test";
import { ADA, countLoads, enterPassword, expect, expectScripts, status, test } from "./fixtures.ts";
import { Program } from "./program.ts";
import { local, serverBinary } from "./server.ts";

const APP = local(3194);
const AUTHKIT = local(3195);
const FOLDER = join(import.meta.dirname, "../../crates/authkit-leptos/examples/hydrated");
/** cargo-leptos builds it in the folder of debug builds. */
const PROGRAM = join(dirname(dirname(serverBinary())), "debug/hydrated");

test.use({ baseURL: APP });

let example: Program;
let folder: string;

test.beforeAll(async () => {
  expect(existsSync(PROGRAM), `${PROGRAM} is there: cargo leptos build, in ${FOLDER}`).toBe(true);
  folder = await mkdtemp(join(tmpdir(), "authkit-hydrated-"));
  const env = {
    PATH: process.env.PATH,
    LEPTOS_SITE_ADDR: `127.0.0.1:${new URL(APP).port}`,
    LEPTOS_SITE_ROOT: join(FOLDER, "target/site"),
    EMULATOR_ADDR: `127.0.0.1:${new URL(AUTHKIT).port}`,
  };
  example = new Program(PROGRAM, [], env, process.stderr, folder);
  await example.answers(() => fetch(APP).then((answer) => answer.ok));
});

test.afterAll(async () => {
  await example?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const link = (page: Page, name: string) => page.getByRole("link", { name, exact: true });
const heading = (page: Page, name: string) => page.getByRole("heading", { name });

/** Tells the AuthKit of the example something, as its dashboard would. */
const tell = (page: Page, path: string, data: unknown = {}) => page.request.post(`${AUTHKIT}/_emulator${path}`, { data });

/** Signed in, on the account page. */
async function account(page: Page) {
  await page.goto("/account");
  await enterPassword(page);
  await expect(heading(page, ADA.name)).toBeVisible();
}

test("signs in, protects a page, and signs out", async ({ page }) => {
  await page.goto("/");
  await link(page, "Sign in").click();
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/`);
  await link(page, "Account").click();
  await expect(heading(page, ADA.name)).toBeVisible();
  await expect(page.getByText("Only you know this, Ada.")).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(heading(page, "You are signed out")).toBeVisible();
  await expect(page).toHaveURL(`${APP}/signed-out`);
  await page.goto("/account");
  await expect(heading(page, "Sign in")).toBeVisible();
});

test("has no token in its HTML", async ({ page }) => {
  await account(page);
  const html = await (await page.reload())!.text();
  expect(html).toContain(ADA.email);
  // Where a JWT begins.
  expect(html).not.toContain("eyJ");
});

test.describe("while AuthKit is down", () => {
  test.use({ tolerated: status(503) });
  test.afterEach(({ page }) => tell(page, "/reset"));

  test("a protected page says so, and comes back", async ({ page, javaScriptEnabled }) => {
    // So that each request renews the session.
    await tell(page, "/lifetimes", { access_token: -5 });
    await account(page);
    await tell(page, "/faults", { endpoint: "authenticate", status: 502, html: "<h1>Bad gateway</h1>" });
    const says = async () => (await page.request.get("/auth/session", { headers: { accept: "application/json" } })).text();
    await expect.poll(says, { timeout: 15_000 }).toContain("Unavailable");
    const answer = await page.goto("/account");
    expect(answer!.status()).toBe(503);
    await expect(heading(page, "This page can’t be shown")).toBeVisible();
    await expect(page.getByText("Your session can’t be checked right now.")).toBeVisible();
    await expect(page.getByRole("button", { name: "Sign out" }).or(link(page, "Sign in"))).toHaveCount(0);
    expect((await page.request.delete(`${AUTHKIT}/_emulator/faults`)).ok()).toBe(true);
    // A page with scripts comes back by itself.
    await expect(async () => {
      if (javaScriptEnabled === false) await link(page, "Try again").click();
      await expect(heading(page, ADA.name)).toBeVisible({ timeout: 1_000 });
    }).toPass({ timeout: 20_000 });
  });
});

test.describe("in the browser", () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, "only JavaScript changes pages there");

  /** Signed in, in another tab, whose page is the app's own. */
  async function signOutInAnotherTab(context: BrowserContext) {
    const other = await context.newPage();
    await other.goto("/");
    await other.getByRole("button", { name: "Sign out" }).click();
    await expect(heading(other, "You are signed out")).toBeVisible();
  }

  test("starts from the server's answer, and nothing moves or is made anew", async ({ page }) => {
    await account(page);
    await page.addInitScript(() => {
      const changes: string[] = [];
      Object.assign(window, { changes });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) changes.push(`moved by ${(entry as unknown as { value: number }).value}`);
      }).observe({ type: "layout-shift", buffered: true });
      // Scripts run after this event.
      document.addEventListener("readystatechange", () => {
        if (document.readyState !== "interactive") return;
        new MutationObserver((list) => {
          for (const { addedNodes, removedNodes } of list) {
            for (const node of [...addedNodes, ...removedNodes]) {
              if (node.textContent && !(node instanceof Comment)) changes.push(node.textContent);
            }
          }
        }).observe(document.body, { childList: true, subtree: true, characterData: true });
      });
    });
    for (const path of ["/account", "/"]) {
      await page.goto(path, { waitUntil: "networkidle" });
      await expectScripts(page);
      await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
      expect(await page.evaluate(() => (window as unknown as { changes: string[] }).changes), path).toEqual([]);
    }
  });

  test("goes from page to page without asking for one, and the login stays right", async ({ page }) => {
    await account(page);
    await expectScripts(page);
    const loads = countLoads(page);
    for (const [name, shown] of [["Home", "Home"], ["Account", ADA.name], ["Home", "Home"]] as const) {
      await link(page, name).click();
      await expect(heading(page, shown)).toBeVisible();
      await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
      await expect(link(page, "Sign in")).toHaveCount(0);
    }
    await page.goBack();
    await expect(page.getByText("Only you know this, Ada.")).toBeVisible();
    expect(loads).toEqual([]);
    await page.reload();
    await expect(heading(page, ADA.name)).toBeVisible();
  });

  test("a sign-out in another tab shows, and a link to sign in leads back to the page the router shows", async ({ page, context }) => {
    await account(page);
    await expectScripts(page);
    await link(page, "Home").click();
    await expect(heading(page, "Home")).toBeVisible();
    await link(page, "Account").click();
    await expect(heading(page, ADA.name)).toBeVisible();
    const loads = countLoads(page);
    await signOutInAnotherTab(context);
    await expect(heading(page, "Your session has ended")).toBeVisible();
    await expect(page.getByText(/Ada/)).toHaveCount(0);
    await expect(link(page, "Sign in")).toHaveAttribute("href", "/sign-in?return_to=/account");
    await expect(link(page, "Sign in again")).toHaveAttribute("href", "/sign-in?return_to=/account");
    await link(page, "Home").click();
    await expect(link(page, "Sign in")).toHaveAttribute("href", "/sign-in");
    expect(loads).toEqual([]);
  });

  test("a link to a protected page leads a visitor who is signed out to sign in and back", async ({ page }) => {
    await page.goto("/");
    await expectScripts(page);
    await link(page, "Account").click();
    await expect(heading(page, "Sign in")).toBeVisible();
    // The way back is not that page, which would lead here again.
    await page.goBack();
    await expect(page).toHaveURL(`${APP}/`);
    await expectScripts(page);
    await link(page, "Account").click();
    await enterPassword(page);
    await expect(page).toHaveURL(`${APP}/account`);
    await expect(heading(page, ADA.name)).toBeVisible();
  });

  test.describe("with a session that was ended elsewhere", () => {
    // The page's data is refused before the page knows.
    test.use({ tolerated: status(401) });
    test.afterEach(({ page }) => tell(page, "/reset"));

    test("a protected page shows it when the router opens that page", async ({ page }) => {
      // So that each request renews the session.
      await tell(page, "/lifetimes", { access_token: -5 });
      await account(page);
      await expectScripts(page);
      await link(page, "Home").click();
      await expect(heading(page, "Home")).toBeVisible();
      const answer = await page.request.get("/auth/session", { headers: { accept: "application/json" } });
      const { SignedIn } = await answer.json();
      const ended = await tell(page, "/sessions/end", { session_id: SignedIn.session_id });
      expect(await ended.json()).toEqual({ ended: 1 });
      await link(page, "Account").click();
      await expect(heading(page, "Your session has ended")).toBeVisible();
    });
  });

  test("a sign-in in another tab shows", async ({ page, context }) => {
    await page.goto("/");
    await expectScripts(page);
    await account(await context.newPage());
    await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
  });
});

// Every page of the app and of the emulator, in each state that has a look of its own, and how a browser gets there.
// The specs that are about the look of all of them go through this list.
import { ADA, APP, EMULATOR, clearFaults, expect, expectScripts, organizationId, resetEmulator, setLifetimes, signInAtAuthKit, startOutage, status, test } from "./fixtures.ts";
import { GRACE, NETWORK, add, expectLive, row, unique } from "./live.ts";
import { tellAuthKit } from "./server.ts";
import type { Page } from "@playwright/test";

export type Look = {
  name: string;
  /** The status of the page, where the browser notes it. */
  status?: number;
  /** What else the browser notes. */
  tolerated?: RegExp;
  open: (page: Page) => Promise<unknown>;
  /** What `open` has changed that other pages would see. */
  undo?: (page: Page) => Promise<unknown>;
};

/** A test for each look, with the page opened. What a look has changed at the emulator is undone, whatever became of the test. */
export function eachLook(of: string, looks: Look[], body: (page: Page) => Promise<void>) {
  for (const { name, ...look } of looks) {
    test.describe(of, () => {
      test.use({ tolerated: look.tolerated ?? (look.status ? status(look.status) : /(?!)/) });
      test.afterEach(async ({ page }) => {
        await look.undo?.(page);
      });

      test(name, async ({ page }) => {
        await page.emulateMedia({ reducedMotion: "reduce" });
        await look.open(page);
        // Islands may change what is looked at. AuthKit's pages have none.
        if (page.url().startsWith(APP)) await expectScripts(page);
        await body(page);
      });
    });
  }
}

const ALAN = "alan@example.com";
const heading = (page: Page, name: string | RegExp) => expect(page.getByRole("heading", { level: 1 })).toHaveText(name);

/** The page at `path`, for a stranger. */
const stranger = (path: string) => (page: Page) => page.goto(path);

/** The page at `path`, for somebody who is signed in. */
async function as(page: Page, email: string, path: string) {
  await signInAtAuthKit(page.context(), email);
  await page.goto(`/sign-in?return_to=${encodeURIComponent(path)}`);
  await expect(page.getByRole("banner").getByRole("button", { name: "Sign out" })).toBeVisible();
}
const user = (email: string, path: string) => (page: Page) => as(page, email, path);

/** The sign-in of the emulator, or another page that the app leads to. */
async function emulator(page: Page, path: string) {
  await page.goto(path);
  await expect(page).toHaveURL(new RegExp(`^${EMULATOR}`));
}

async function impersonated(page: Page) {
  await signInAtAuthKit(page.context(), ADA.email, { impersonator: { email: "support@example.com", reason: "ticket <7>" } });
  await page.goto("/sign-in?return_to=/account");
  await expect(page.getByRole("complementary", { name: "Impersonation" })).toBeVisible();
}

async function outage(page: Page, path: string) {
  await setLifetimes(page, { access_token: -5 });
  await as(page, ADA.email, "/");
  await startOutage(page);
  await page.goto(path);
  await heading(page, /can.t (be checked|check)/);
}
async function outageEnds(page: Page) {
  await clearFaults(page);
  await resetEmulator(page);
}

/** The page of an organization's policy, which the emulator puts before the way back. */
const policy = (policy: string) => async (page: Page) => {
  await tellAuthKit("/organizations/policy", { organization_id: await organizationId("Globex"), policy });
  await signInAtAuthKit(page.context(), ADA.email);
  await page.goto("/sign-in?return_to=/account/organizations");
  await page.getByRole("button", { name: "Switch to Globex" }).click();
  await heading(page, "One more step");
};

/** Writes a note with a long word in it: its row. */
async function write(page: Page) {
  await as(page, ADA.email, "/notes");
  await expectLive(page);
  const words = `${unique()}: ${"x".repeat(200)}`;
  await page.getByLabel("Note", { exact: true }).fill(words);
  await page.getByRole("button", { name: "Write" }).click();
  return page.getByRole("list", { name: "Latest notes" }).getByRole("listitem").filter({ hasText: words });
}

/** No answer comes to what is sent to `path`. */
const unanswered = (page: Page, path: string) => page.route(`**${path}`, () => {});

export const appPages: Look[] = [
  { name: "home, signed out", open: stranger("/") },
  { name: "home, signed in", open: user(ADA.email, "/") },
  { name: "home, unavailable", open: (page) => outage(page, "/"), undo: outageEnds, status: 503 },
  { name: "live, signed out", open: stranger("/live") },
  {
    name: "live",
    open: async (page) => {
      await as(page, GRACE.email, "/live");
      await add(page, 424_242);
      await as(page, ADA.email, "/live");
      await add(page, -1_000_000);
      await expect(row(page, -1_000_000).first().getByRole("button")).toBeVisible();
    },
  },
  {
    name: "live, with a number that is refused",
    open: async (page) => {
      await as(page, ADA.email, "/live");
      await page.getByLabel("Number", { exact: true }).evaluate((field: HTMLInputElement) => (field.max = ""));
      await add(page, 2_000_000);
      await expect(page.getByRole("alert")).toContainText("from −1,000,000");
    },
  },
  {
    name: "live, with a number that is being added",
    open: async (page) => {
      await as(page, ADA.email, "/live");
      await expectLive(page);
      await unanswered(page, "/api/add_number");
      // Another time: an addition is sent even if its page is left.
      const value = unique();
      await add(page, value);
      await expect(row(page, value)).toContainText("adding…");
    },
  },
  {
    name: "live, offline, with a number to be sent",
    tolerated: NETWORK,
    open: async (page) => {
      await as(page, ADA.email, "/live");
      await expectLive(page);
      await page.context().setOffline(true);
      await add(page, unique());
      await expect(page.getByText("Still trying")).toBeVisible();
    },
  },
  {
    name: "notes",
    open: async (page) => {
      const note = await write(page);
      await expect(note.getByRole("button")).toBeVisible();
    },
  },
  {
    name: "notes, with one that is being written",
    open: async (page) => {
      await unanswered(page, "/api/write_note");
      const note = await write(page);
      await expect(note).toHaveClass("adding");
    },
  },
  { name: "notes, in no organization", open: user(ALAN, "/notes"), status: 403 },
  { name: "account", open: user(ADA.email, "/account") },
  { name: "account, in no organization", open: user(ALAN, "/account") },
  { name: "account, with a deletion that is not known", open: user(ADA.email, "/account?deletion=unknown") },
  { name: "account, impersonated", open: impersonated },
  { name: "account, unavailable", open: (page) => outage(page, "/account"), undo: outageEnds, status: 503 },
  { name: "organizations", open: user(ADA.email, "/account/organizations") },
  { name: "organizations, none", open: user(ALAN, "/account/organizations") },
  { name: "admin", open: user(ADA.email, "/admin") },
  { name: "forbidden", open: user(GRACE.email, "/admin"), status: 403 },
  { name: "debug, signed out", open: stranger("/debug/auth") },
  { name: "debug", open: user(ADA.email, "/debug/auth") },
  {
    name: "debug, with a token that is refused",
    open: async (page) => {
      await as(page, ADA.email, "/debug/auth");
      await page.getByRole("textbox", { name: "Token" }).fill("eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2V4YW1wbGUuY29tIn0.c2ln");
      await page.getByRole("button", { name: "Check", exact: true }).click();
      await expect(page.getByRole("heading", { name: "The pasted token" })).toBeVisible();
    },
  },
  { name: "parts", open: user(ADA.email, "/debug/parts") },
  { name: "signed out", open: stranger("/signed-out") },
  { name: "signed out, still at AuthKit", open: stranger("/signed-out?authkit=unreachable") },
  { name: "account deleted", open: stranger("/account-deleted") },
  { name: "sign-in failed", open: stranger("/callback"), status: 400 },
  {
    name: "confirm a sign-in",
    open: user(ADA.email, `/confirm-sign-in?return_to=/&login_hint=${ADA.email}&organization_id=org_${"x".repeat(26)}`),
  },
  { name: "confirm who it is", open: stranger("/confirm-sign-in?return_to=/&max_age=60") },
  { name: "not found", open: stranger(`/nothing/${"here-".repeat(30)}`), status: 404 },
  {
    name: "a session that has ended",
    open: async (page) => {
      await as(page, ADA.email, "/account");
      const other = await page.context().newPage();
      await other.goto("/");
      await other.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
      await expect(page.getByRole("dialog", { name: "Your session has ended" })).toBeVisible();
      await other.close();
    },
  },
];

export const emulatorPages: Look[] = [
  { name: "about, nobody signed in", open: stranger(EMULATOR) },
  {
    name: "about",
    open: async (page) => {
      await as(page, ADA.email, "/");
      await page.goto(EMULATOR);
      await expect(page.getByRole("button", { name: /End session/ }).first()).toBeVisible();
    },
  },
  { name: "sign in", open: (page) => emulator(page, "/sign-in") },
  {
    name: "sign in, refused",
    status: 422,
    open: async (page) => {
      await emulator(page, "/sign-in");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "sign in, signed in already",
    open: async (page) => {
      await signInAtAuthKit(page.context(), ADA.email);
      await emulator(page, "/sign-up");
      await page.getByRole("link", { name: "Sign in", exact: true }).click();
      await expect(page.getByRole("button", { name: /Continue as/ })).toBeVisible();
    },
  },
  { name: "sign up", open: (page) => emulator(page, "/sign-up") },
  {
    name: "sign up, refused",
    status: 422,
    open: async (page) => {
      await emulator(page, "/sign-up");
      await page.getByRole("button", { name: "Sign up", exact: true }).click();
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  { name: "an organization that wants its own sign-in", open: policy("sso_required"), undo: resetEmulator },
  { name: "an organization that wants a second factor", open: policy("mfa_enrollment"), undo: resetEmulator },
  { name: "impersonate", open: stranger(`${EMULATOR}/impersonate`) },
  {
    name: "impersonate, refused",
    status: 422,
    open: async (page) => {
      await page.goto(`${EMULATOR}/impersonate`);
      await page.getByLabel("User’s email").fill("nobody@example.com");
      await page.getByRole("button", { name: "Impersonate" }).click();
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  { name: "refused", status: 400, open: stranger(`${EMULATOR}/user_management/authorize?client_id=${"other".repeat(20)}`) },
];

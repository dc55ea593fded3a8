// What every spec uses: a `test` that tolerates no message in the browser, and the steps of a person.
import { test as base, expect, type BrowserContext, type ConsoleMessage, type Page, type Request } from "@playwright/test";
import { APP, EMULATOR, register, tellAuthKit } from "./server.ts";

export { expect };
export { APP, EMULATOR } from "./server.ts";

export const PASSWORD = "correct-horse-battery";
export const ADA = { name: "Ada Lovelace", email: "ada@example.com" };

type Options = {
  /** What a spec provokes on purpose, such as the browser's note of a page's status. */
  tolerated: RegExp;
  /** What a spec makes a page throw on purpose. */
  toleratedErrors: RegExp;
};
type Fixtures = {
  /** Collects what the browser complains about, in every page, and fails the test with it. */
  quiet: void;
  /** An address nobody has signed up with. */
  newEmail: string;
};

/** The browser's own note of a file that was loaded early, and not used soon after. */
export const unused = (file: string) => new RegExp(`/pkg/${file}.* was preloaded using link preload but not used`);

/** The browser's own note when a page comes with one of these statuses. */
export const status = (...codes: number[]) => new RegExp(`status of (${codes.join("|")})`);

export const test = base.extend<Options & Fixtures>({
  tolerated: [/(?!)/, { option: true }],
  toleratedErrors: [/(?!)/, { option: true }],
  quiet: [
    async ({ context, tolerated, toleratedErrors, javaScriptEnabled }, use) => {
      const complaints: string[] = [];
      const complain = (about: string, text: string) => {
        // Without JavaScript a page that stays open has no use for the script it offers; with it, a slow machine uses an
        // island's part later than Chromium expects.
        if (unused(javaScriptEnabled ? "split_" : "").test(text)) return;
        if (!tolerated.test(text)) complaints.push(`${about}: ${text}`);
      };
      context.on("console", (message: ConsoleMessage) => {
        complain(`console ${message.type()} at ${message.location().url}`, message.text());
      });
      context.on("weberror", (thrown) => {
        const { message } = thrown.error();
        if (!toleratedErrors.test(message)) complaints.push(`page error: ${message}`);
      });
      context.on("requestfailed", (request: Request) => {
        const reason = request.failure()?.errorText ?? "";
        // What was still loading when the person went on to another page.
        if (reason === "net::ERR_ABORTED") return;
        // Without JavaScript the browser refuses the script that a page offers, and calls that policy.
        if (!javaScriptEnabled && reason === "csp" && /\/pkg\/[^/]+\.js$/.test(request.url())) return;
        complain(`request failed: ${request.url()}`, reason);
      });
      await use();
      const heard = [...complaints];
      await leavePages(context);
      expect(heard, "the browser has something to say").toEqual([]);
    },
    { auto: true },
  ],
  newEmail: async ({}, use, info) => {
    await use(`${info.project.name}-${info.testId.slice(-12)}-${Date.now()}@example.com`);
  },
});

/** Takes every page to a blank one. Chromium forgets to close a page that is being replaced, and the
 * context with it (https://github.com/microsoft/playwright/issues/42068); pages of this app load
 * themselves anew when another tab signs in or out. */
async function leavePages(context: BrowserContext) {
  for (const page of context.pages()) {
    // Again, where the page's own navigation came in between.
    await expect(() => page.goto("about:blank")).toPass({ timeout: 5_000 });
  }
}

/** The cursor is where a form of AuthKit wants it. Whoever types before that, as nobody but a program
 * can, makes the browser note that it has put the cursor nowhere. */
export async function expectCursor(page: Page) {
  await expect(page.locator("[autofocus]")).toBeFocused();
}

/** Fills in the sign-in page of AuthKit, where the browser must be already. */
export async function enterPassword(page: Page, email = ADA.email, password = PASSWORD) {
  await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
  await expectCursor(page);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** From any page of the app to signed in, by the link in the header. */
export async function signIn(page: Page, email = ADA.email, password = PASSWORD) {
  await page.getByRole("banner").getByRole("link", { name: "Sign in", exact: true }).click();
  await enterPassword(page, email, password);
}

export async function signOut(page: Page) {
  await page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "You are signed out" })).toBeVisible();
}

export async function expectSignedIn(page: Page) {
  await expect(page.getByRole("banner").getByRole("button", { name: "Sign out" })).toBeVisible();
}

export async function expectSignedOut(page: Page) {
  const header = page.getByRole("banner");
  await expect(header.getByRole("link", { name: "Sign in", exact: true })).toBeVisible();
  await expect(header.getByRole("button", { name: "Sign out" })).toHaveCount(0);
}

/** Orders the emulator to fail at an endpoint, until `clearFaults`. */
export async function setFault(page: Page, endpoint: string, fault: Record<string, unknown>) {
  const answer = await page.request.post(`${EMULATOR}/_emulator/faults`, { data: { endpoint, ...fault } });
  expect(answer.ok(), await answer.text()).toBe(true);
}

export async function clearFaults(page: Page) {
  const answer = await page.request.delete(`${EMULATOR}/_emulator/faults`);
  expect(answer.ok()).toBe(true);
}

/** How long tokens live that AuthKit gives out from now on, in seconds, until `resetEmulator`. */
export async function setLifetimes(page: Page, lifetimes: Record<string, number>) {
  const answer = await page.request.post(`${EMULATOR}/_emulator/lifetimes`, { data: lifetimes });
  expect(answer.ok(), await answer.text()).toBe(true);
}

/** Signs a browser in at AuthKit, which then asks it for nothing: the app's next sign-in shows no page. */
export async function signInAtAuthKit(
  context: BrowserContext,
  email: string,
  how: { organization_id?: string; signed_in_ago?: number; impersonator?: { email: string; reason?: string } } = {},
) {
  const { name, value, url } = await tellAuthKit("/browser_sessions", { email, ...how });
  await context.addCookies([{ name, value, url, httpOnly: true, sameSite: "Lax" }]);
}

/** The id of an organization of AuthKit's, by its name. */
export async function organizationId(name: string): Promise<string> {
  const about = await (await fetch(`${EMULATOR}/_emulator`)).json();
  const found = about.organizations.find((organization: { name: string }) => organization.name === name);
  if (!found) throw new Error(`AuthKit has no organization ${name}`);
  return found.id;
}

/** Gives a member of an organization these roles, in place of those they had. */
export async function setRoles(email: string, organization: string, ...roles: string[]) {
  await tellAuthKit("/members/roles", { email, organization_id: await organizationId(organization), roles });
}

/** What an organization pays for, from the next access token on. */
export async function setEntitlements(organization: string, ...entitlements: string[]) {
  await tellAuthKit("/entitlements", { organization_id: await organizationId(organization), entitlements });
}

/** Sets a feature flag: `users` by address and `organizations` by id come before `default`. */
export async function setFeatureFlag(
  slug: string,
  flag: { enabled: boolean; default?: boolean; users?: Record<string, boolean>; organizations?: Record<string, boolean> },
) {
  await tellAuthKit("/flags", { slug, ...flag });
}

/** AuthKit as on the first day: no sessions, no faults, lifetimes as usual. */
export async function resetEmulator(page: Page) {
  const answer = await page.request.post(`${EMULATOR}/_emulator/reset`);
  expect(answer.ok()).toBe(true);
  // It knows the app that has started it.
  if (process.env.APP_URL) await register(APP);
}

/** AuthKit answers like a gateway whose backend is gone, and the token can't be renewed any more. */
export async function startOutage(page: Page) {
  await setFault(page, "authenticate", { status: 502, html: "<h1>Bad gateway</h1>" });
  await expect.poll(() => serverSays(page), { timeout: 15_000 }).toContain("Unavailable");
}

/** Who the server says is there, asked past the page. */
export async function serverSays(page: Page) {
  const answer = await page.request.get(`${APP}/auth/session`, { headers: { accept: "application/json" } });
  return answer.text();
}

/** How often the page itself is asked for, from now on. */
export function countLoads(page: Page) {
  const loads: string[] = [];
  page.on("request", (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) loads.push(request.url());
  });
  return loads;
}

/** The WASM of the page runs: its islands come to life, one after the other. */
export const expectScripts = (page: Page) => expect(page.locator("html[data-scripts=on]")).toBeVisible();

/** What a page says whose scripts don't run. */
export const scriptsEnded = (page: Page) => page.getByRole("status", { name: "About this page" });

/** The plain things that make a page usable without seeing it. */
export async function expectWellFormed(page: Page) {
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page).toHaveTitle(/\S/);
  await expect(page.getByRole("main")).toHaveCount(1);
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  await expect(page.getByRole("contentinfo")).toHaveCount(1);
  // Every field has a label, every picture a text, every control a name, and no id is used twice.
  for (const field of await page.locator("input:not([type=hidden])").all()) {
    await expect(field).toHaveAccessibleName(/\S/);
  }
  for (const control of await page.getByRole("button").or(page.getByRole("link")).all()) {
    await expect(control).toHaveAccessibleName(/\S/);
  }
  await expect(page.locator("img:not([alt])")).toHaveCount(0);
  const ids = await page.locator("[id]").evaluateAll((elements) => elements.map((element) => element.id));
  expect(ids).toEqual([...new Set(ids)]);
  // Headings go down one level at a time.
  const levels = await page
    .locator("h1, h2, h3, h4")
    .evaluateAll((headings) => headings.map((heading) => Number(heading.tagName[1])));
  levels.reduce((above, level) => (expect(level).toBeLessThanOrEqual(above + 1), level), 0);
}

/** What a page asks the server for from now on, without the files of the site. */
export function requestsOf(page: Page) {
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    // The parts of the WASM that islands load may still be on their way.
    const isFile = pathname === "/favicon.svg" || pathname.startsWith("/pkg/");
    if (!isFile) asked.push(pathname);
  });
  return asked;
}

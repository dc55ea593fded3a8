// An open page stays true to the session: when it wakes up, goes offline, hears from another tab, or
// when its session ends.
import { createPublicKey, verify } from "node:crypto";
import type { BrowserContext, Page, Request } from "@playwright/test";
import { ADA, APP, EMULATOR, clearFaults, enterPassword, expect, expectSignedIn, requestsOf, resetEmulator, serverSays, setLifetimes, signIn, signInAtAuthKit, signOut, startOutage, status, test } from "./fixtures.ts";

const GRACE = "grace@example.com";
/** Seconds for which a sign-in is recent enough to delete the account. */
const RECENT = 300;

test.afterEach(({ page }) => resetEmulator(page));

/** Signed in on the account page, whose islands are alive. */
async function account(page: Page, path = "/account") {
  await page.goto(path);
  await enterPassword(page);
  await alive(page);
}

async function alive(page: Page) {
  // The page's last button for scripts: islands come to life in the order of the page.
  await expect(page.getByRole("button", { name: "Copy access token" })).toBeEnabled();
}

/** The home page of somebody who is signed in, with its live panel. */
async function home(page: Page) {
  await page.goto("/");
  await expect(panel(page)).toContainText("this browser");
}

const panel = (page: Page) => page.getByRole("region", { name: "Auth state in the browser" });
const dialog = (page: Page) => page.getByRole("dialog", { name: "Your session has ended" });

/** What a browser tells a page that comes to the front. */
async function wake(page: Page) {
  await page.evaluate(() => {
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    window.dispatchEvent(new Event("focus"));
  });
}

/** Wakes the page and waits for the server's answer. */
async function wakeAndAsk(page: Page) {
  const answer = page.waitForResponse((response) => response.url().startsWith(`${APP}/auth/session`));
  await wake(page);
  expect((await answer).status()).toBe(200);
}

/** A reload would lose the mark. */
const mark = (page: Page) => page.evaluate(() => void Object.assign(window, { mark: true }));
const marked = (page: Page) => page.evaluate(() => "mark" in window);

async function undisturbed(page: Page) {
  await expect(dialog(page)).toHaveCount(0);
  await expectSignedIn(page);
  expect(await marked(page), "the page has not been reloaded").toBe(true);
}

/** Through the button, which is there for that. */
async function copyAccessToken(page: Page, context: BrowserContext) {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate(() => navigator.clipboard.writeText(""));
  const button = page.getByRole("button", { name: "Copy access token" });
  await button.click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^eyJ/);
  await expect(button).toBeVisible();
  return page.evaluate(() => navigator.clipboard.readText());
}

type Claims = { sub: string; sid: string; exp: number };

/** The claims of a JWT that AuthKit has signed (RFC 7515). */
async function claims(page: Page, token: string): Promise<Claims> {
  const [header, payload, signature] = token.split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  const { keys } = await (await page.request.get(`${EMULATOR}/sso/jwks/client_emulator`)).json();
  const key = keys.find(({ kid }: { kid: string }) => kid === read(header).kid);
  const signed = verify(
    "RSA-SHA256",
    Buffer.from(`${header}.${payload}`),
    createPublicKey({ key, format: "jwk" }),
    Buffer.from(signature, "base64url"),
  );
  expect(signed, "AuthKit has signed the token").toBe(true);
  return read(payload);
}

/** Until the token that the account page was made with has expired. */
async function untilTokenExpired(page: Page) {
  const expires = await page.getByRole("main").locator("time").first().getAttribute("datetime");
  await expect.poll(() => Date.now(), { timeout: 15_000 }).toBeGreaterThan(Date.parse(expires!));
}

const isOf = (request: Request, path: string) => new URL(request.url()).pathname === path;
/** A request to this path, for which there is no network. */
const lost = (page: Page, path: string) => page.waitForEvent("requestfailed", (request) => isOf(request, path));

test.describe("without a network", () => {
  test.use({ tolerated: /ERR_INTERNET_DISCONNECTED/ });

  test("a page that wakes up after its token has expired stays as it was", async ({ page, context }) => {
    await setLifetimes(page, { access_token: 8 });
    await account(page);
    const panels = await context.newPage();
    await home(panels);
    await Promise.all([mark(page), mark(panels)]);

    await context.setOffline(true);
    await untilTokenExpired(page);
    for (const tab of [page, panels]) {
      const failed = lost(tab, "/auth/session");
      await wake(tab);
      await failed;
      await undisturbed(tab);
    }
    await expect(panel(panels).getByRole("status")).toHaveText("Signed in");

    const answers = [page, panels].map((tab) => tab.waitForResponse(/\/auth\/session/));
    await context.setOffline(false);
    await Promise.all(answers);
    for (const tab of [page, panels]) await undisturbed(tab);
    await expect(panel(panels).getByRole("status")).toHaveText("Signed in");
    const token = await claims(page, await copyAccessToken(page, context));
    expect(token.exp * 1_000, "the token is a fresh one").toBeGreaterThan(Date.now());
  });

  test("the last access token is given for as long as it is good", async ({ page, context }) => {
    // So short that it is asked for every time.
    await setLifetimes(page, { access_token: 15 });
    await account(page);
    const token = await copyAccessToken(page, context);
    await context.setOffline(true);
    const failed = lost(page, "/auth/access-token");
    expect(await copyAccessToken(page, context)).toBe(token);
    await failed;
    await context.setOffline(false);
  });

  test("it tries again by itself", async ({ page, context }) => {
    await account(page);
    await mark(page);
    await context.setOffline(true);
    let failed = 0;
    page.on("requestfailed", (request) => void (isOf(request, "/auth/session") && failed++));
    await wake(page);
    await expect.poll(() => failed).toBeGreaterThan(1);
    await undisturbed(page);
    await context.setOffline(false);
  });
});

test.describe("AuthKit is down", () => {
  test("an open page is not disturbed, and its islands know", async ({ page }) => {
    // Renewed by every request, and expired in between.
    await setLifetimes(page, { access_token: -5 });
    await account(page);
    await home(page);
    await mark(page);
    await startOutage(page);
    await wakeAndAsk(page);
    await expect(panel(page).getByRole("status")).toHaveText("Unavailable");
    await undisturbed(page);

    await clearFaults(page);
    await expect(panel(page).getByRole("status")).toHaveText("Signed in", { timeout: 20_000 });
    await undisturbed(page);
  });

  test("its islands stay signed in until the token's time has passed", async ({ page }) => {
    await page.clock.install();
    await account(page);
    await home(page);
    await mark(page);
    let answers = 0;
    await page.route(/\/auth\/session/, async (route) => {
      answers++;
      await route.fulfill({ json: { Unavailable: null } });
    });
    await wakeAndAsk(page);
    await expect(panel(page).getByRole("status")).toHaveText("Signed in");
    // It asks again by itself.
    await page.clock.fastForward(5_000);
    await expect.poll(() => answers).toBeGreaterThanOrEqual(2);
    await expect(panel(page).getByRole("status")).toHaveText("Signed in");
    await page.clock.fastForward(300_000);
    await expect(panel(page).getByRole("status")).toHaveText("Unavailable");
    await undisturbed(page);
  });
});

test.describe("two tabs", () => {
  test("signing out, in again and in as somebody else in one shows in the other at once", async ({ page, context }) => {
    await account(page, "/sign-in?return_to=/account");
    const other = await context.newPage();
    await home(other);

    await signOut(page);
    await expect(dialog(other)).toBeVisible();

    await dialog(other).getByRole("link", { name: "Sign in again" }).click();
    await enterPassword(other);
    await expect(other.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();
    // The first tab is on /signed-out, which leads home whoever is signed in.
    await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();
    await expect(panel(page)).toContainText("this browser");

    await signOut(other);
    await expect(dialog(page)).toBeVisible();
    await other.getByRole("main").getByRole("link", { name: "Sign in again" }).click();
    await enterPassword(other, GRACE);
    await expect(other.getByRole("heading", { name: "Hello, Grace" })).toBeVisible();
    await expect(page.getByRole("heading", { name: "Hello, Grace" })).toBeVisible();
    await expect(dialog(page)).toHaveCount(0);
  });

  test("a page of somebody signed out follows a sign-in", async ({ page, context }) => {
    await page.goto("/");
    const other = await context.newPage();
    await other.goto("/");
    await signIn(other);
    await expectSignedIn(other);
    await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();
  });

  test("what another tab says is never believed, and a hidden page asks for nothing else", async ({ page, context }) => {
    await account(page);
    await mark(page);
    const asked = requestsOf(page);
    await page.evaluate(() => Object.defineProperty(document, "visibilityState", { value: "hidden" }));
    await wake(page);
    await page.evaluate(() => fetch("/healthz"));
    expect(asked).toEqual(["/healthz"]);

    const answer = page.waitForResponse(/\/auth\/session/);
    const other = await context.newPage();
    await other.goto("/healthz");
    await other.evaluate(() => new BroadcastChannel("authkit-session").postMessage("session_made_up "));
    await answer;
    await undisturbed(page);
  });
});

test.describe("a page that is still being loaded", () => {
  /** Holds back these files of the page, which is being loaded anew, until `release`. */
  async function holdBack(page: Page, files: RegExp) {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    await page.route(files, async (route) => {
      await released;
      await route.continue();
    });
    const asked = page.waitForRequest(files);
    await page.reload({ waitUntil: "commit" });
    await asked;
    return release;
  }

  async function signOutElsewhere(context: BrowserContext) {
    const other = await context.newPage();
    await other.goto("/");
    await signOut(other);
  }

  test("when its session ends elsewhere hears of that as soon as it listens", async ({ page, context }) => {
    await account(page);
    const release = await holdBack(page, /\/pkg\/.*\.wasm$/);
    await signOutElsewhere(context);
    release();
    await expect(dialog(page)).toBeVisible();
  });

  test("and knows already that its session has ended brings its last islands to life", async ({ page, context }) => {
    test.skip(!process.env.SERVER_BIN, "a development build has one WASM");
    await account(page);
    const release = await holdBack(page, /\/pkg\/split_account_deletion.*\.wasm$/);
    await expect(page.locator("html")).toHaveAttribute("data-scripts", "on");
    const told = page.waitForResponse(/\/auth\/session/);
    await signOutElsewhere(context);
    await told;
    release();
    await expect(dialog(page)).toBeVisible();
    await expect(page.getByRole("link", { name: "Confirm that it is you", includeHidden: true })).toBeAttached();
    await expect(page.locator("html")).toHaveAttribute("data-scripts", "on");
  });

  test("while its sign-in becomes too old brings its last islands to life", async ({ page, context }) => {
    test.skip(!process.env.SERVER_BIN, "a development build has one WASM");
    test.setTimeout(60_000);
    await signInAtAuthKit(context, ADA.email, { signed_in_ago: RECENT - 12 });
    await page.goto("/sign-in?return_to=/account");
    const release = await holdBack(page, /\/pkg\/split_account_deletion.*\.wasm$/);
    await expect(page.getByLabel(/^Type .delete. to confirm$/)).toBeVisible();
    const made = async () => (await page.request.get("/account")).text();
    await expect.poll(made, { timeout: 20_000 }).toContain("Confirm that it is you");
    // The page has begun to count when it listened, a moment after it was made.
    const clock = async () => Date.parse((await page.request.get("/healthz")).headers().date);
    const then = await clock();
    await expect.poll(clock).toBeGreaterThan(then + 2_000);
    release();
    await expect(page.getByRole("link", { name: "Confirm that it is you" })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("data-scripts", "on");
  });
});

test("a session that was ended elsewhere covers the page, and signing in again leads back to it", async ({ page }) => {
  await setLifetimes(page, { access_token: -5 });
  await account(page, "/account?tab=claims");
  await page.evaluate(() => void (location.hash = "session"));
  const sessionId = (await page.getByRole("main").textContent())!.match(/session_\w+?(?=Copy)/)![0];
  const ended = await page.request.post(`${EMULATOR}/_emulator/sessions/end`, { data: { session_id: sessionId } });
  expect(await ended.json()).toEqual({ ended: 1 });

  await expect.poll(() => serverSays(page)).toContain("SignedOut");
  await wakeAndAsk(page);
  const link = dialog(page).getByRole("link", { name: "Sign in again" });
  await expect(link).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toBeVisible();
  await expect(dialog(page).getByRole("link", { name: "Go home" })).toHaveAttribute("href", "/");

  // AuthKit still knows the browser, so it asks for nothing.
  await setLifetimes(page, { access_token: 300 });
  await link.click();
  await expect(page).toHaveURL(`${APP}/account?tab=claims#session`);
  await expect(page.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible();
  await expect(dialog(page)).toHaveCount(0);
});

test("a page that heard by mistake that its session has ended is uncovered by the next answer", async ({ page }) => {
  await account(page);
  await mark(page);
  await page.route("**/auth/session*", (route) => route.fulfill({ json: "SignedOut" }), { times: 1 });
  await wakeAndAsk(page);
  await expect(dialog(page)).toBeVisible();
  // It asks once a second at most.
  await expect(async () => {
    await wake(page);
    await expect(page.locator("dialog:modal")).toHaveCount(0, { timeout: 500 });
  }).toPass();
  await expect(dialog(page)).toBeHidden();
  await undisturbed(page);
});

test.describe("refused", () => {
  test.use({ tolerated: status(401) });

  test("an access token that is refused tells the page that its session is over", async ({ page }) => {
    await account(page);
    // Signed out by another program of this browser: no tab says so.
    await page.context().clearCookies({ name: /^(__Host-)?wos-session/ });
    await page.getByRole("button", { name: "Copy access token" }).click();
    await expect(dialog(page)).toBeVisible();
  });
});

for (const [where, seconds] of [["ahead", 90], ["behind", -90]] as const) {
  test(`a browser clock 90 seconds ${where} changes nothing`, async ({ page, context }) => {
    await page.clock.install({ time: Date.now() + seconds * 1_000 });
    const asked = requestsOf(page);
    await account(page);
    await mark(page);
    expect(await page.evaluate(() => Date.now()) - Date.now()).toBeCloseTo(seconds * 1_000, -4);
    await expect(page.getByRole("main").locator("time").first()).toHaveText("in 5 minutes");
    await wakeAndAsk(page);
    await undisturbed(page);

    const token = await copyAccessToken(page, context);
    expect(await copyAccessToken(page, context)).toBe(token);
    expect(asked.filter((path) => path === "/auth/access-token")).toHaveLength(1);
    await undisturbed(page);
  });
}

test("the access token is in the page's memory only, and is Ada's", async ({ page, context }) => {
  await account(page);
  const token = await copyAccessToken(page, context);
  const { sub, sid } = await claims(page, token);
  const facts = page.getByRole("main");
  await expect(facts).toContainText(sub);
  await expect(facts).toContainText(sid);
  await expect(facts).toContainText(ADA.email);
  const reachable = await page.evaluate(() => [
    document.documentElement.outerHTML,
    JSON.stringify(localStorage),
    JSON.stringify(sessionStorage),
    document.cookie,
  ]);
  for (const place of reachable) expect(place).not.toContain(token.slice(-40));
});

test("a page that is shown and focused asks once", async ({ page }) => {
  await account(page);
  const asked = requestsOf(page);
  await wakeAndAsk(page);
  expect(asked).toHaveLength(1);
});

test("a page that always comes for somebody else is not loaded anew without end", async ({ page }) => {
  await account(page);
  const answer = await (await page.request.get("/auth/session", { headers: { accept: "application/json" } })).json();
  answer.SignedIn.session_id = "session_of_somebody_else";
  // As a cache in between would have it.
  await page.route(/\/auth\/session/, (route) => route.fulfill({ json: answer }));
  const reloaded = page.waitForEvent("load");
  await wakeAndAsk(page);
  await reloaded;
  await alive(page);
  await mark(page);
  await wakeAndAsk(page);
  expect(await marked(page), "a page that has just been reloaded stays").toBe(true);
  const answered = page.waitForResponse(/\/auth\/session/);
  await page.unrouteAll({ behavior: "wait" });
  await answered;
  await undisturbed(page);
});

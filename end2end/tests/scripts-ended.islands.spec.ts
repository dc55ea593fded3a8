// A page whose scripts don't run: they did not arrive, the browser can't run them, or they stopped. It is a page that
// works without them, and says so once.
import type { Page, Route } from "@playwright/test";
import { ADA, clearFaults, countLoads, enterPassword, expect, expectScripts, expectSignedIn, resetEmulator, scriptsEnded, setLifetimes, signIn, signOut, startOutage, test } from "./fixtures.ts";
import { add, connection, expectLive, openLive, row, unique } from "./live.ts";

// The browser's own notes of what each test does to the scripts.
test.use({
  tolerated:
    /Failed to load resource|status of (404|503)|status code is not ok|ERR_BLOCKED_BY_CLIENT|ERR_FAILED|ERR_INTERNET_DISCONNECTED|hydration error|was preloaded/,
  toleratedErrors: /dynamically imported|WebAssembly|fetch|unreachable|not ours/,
});

/** The page does what it does without JavaScript, and promises nothing. */
async function expectPlain(page: Page, why: RegExp) {
  await expect(scriptsEnded(page)).toBeVisible({ timeout: 15_000 });
  await expect(scriptsEnded(page)).toContainText(why);
  await expect(scriptsEnded(page)).toContainText("shows nothing new by itself");
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
  await expect(connection(page)).toHaveCount(0);
  const value = unique();
  await add(page, value);
  await page.waitForLoadState();
  await expect(row(page, value)).toHaveCount(1);
}

test.describe("without the WASM", () => {
  test("404, as between two deployments: one reload, then a page without scripts", async ({ page }) => {
    await openLive(page);
    await expectLive(page);
    await page.route("**/pkg/*.wasm", (route) => route.fulfill({ status: 404, body: "gone" }));
    const loads = countLoads(page);
    await page.goto("/live");
    await expectPlain(page, /could not be loaded/);
    // The visit, one reload, and the form that was sent as it is, whose answer leads back.
    expect(loads.filter((url) => url.endsWith("/live")).length, `${loads}`).toBeLessThanOrEqual(4);
    await signOut(page);
  });

  test("404 once: the reload mends it, and nothing is said", async ({ page }) => {
    await openLive(page);
    let left = 1;
    await page.route("**/pkg/*.wasm", (route) => (left-- > 0 ? route.fulfill({ status: 404, body: "gone" }) : route.continue()));
    const loads = countLoads(page);
    await page.goto("/live");
    await expectLive(page, 20_000);
    expect(loads).toHaveLength(2);
    await expect(scriptsEnded(page)).toBeHidden();
  });

  test("a server that can't be reached for a reload: the page stays", async ({ page }) => {
    await openLive(page);
    await page.route("**/pkg/*.wasm", (route) => route.abort());
    await page.route("**/live", (route) => (route.request().method() === "HEAD" ? route.abort() : route.continue()));
    const loads = countLoads(page);
    await page.goto("/live");
    await expect(scriptsEnded(page)).toContainText("could not be loaded", { timeout: 15_000 });
    expect(loads).toHaveLength(1);
    await page.unrouteAll({ behavior: "wait" });
  });
});

test("a part of the WASM that does not arrive: a page without scripts", async ({ page }) => {
  test.skip(!process.env.SERVER_BIN, "a development build has one WASM");
  await openLive(page);
  await page.route("**/pkg/split_*.wasm", (route) => route.fulfill({ status: 404, body: "gone" }));
  await page.goto("/notes");
  await expect(scriptsEnded(page)).toContainText("has stopped", { timeout: 15_000 });
  const note = `A note without scripts ${unique()}`;
  await page.getByLabel("Note", { exact: true }).fill(note);
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await page.waitForLoadState();
  await expect(page.getByRole("listitem").filter({ hasText: note })).toHaveCount(1);
});

test.describe("a part of the WASM that a network or a server keeps back for a moment", () => {
  test.skip(!process.env.SERVER_BIN, "a development build has one WASM");
  const keptBack: Record<string, (route: Route) => Promise<void>> = {
    "the network is lost": (route) => route.abort("internetdisconnected"),
    "the server is not there": (route) => route.fulfill({ status: 503, body: "starting" }),
  };
  for (const [how, keepBack] of Object.entries(keptBack)) {
    test(`${how}: it is asked for again`, async ({ page }) => {
      await openLive(page);
      let kept = 0;
      await page.route("**/pkg/split_*.wasm", (route) => (kept++ < 2 ? keepBack(route) : route.continue()));
      const loads = countLoads(page);
      await page.goto("/live");
      await expectLive(page, 20_000);
      expect(kept).toBeGreaterThan(2);
      expect(loads).toHaveLength(1);
      await expect(scriptsEnded(page)).toBeHidden();
    });
  }

  test("a browser without a network waits for one", async ({ page, context }) => {
    await openLive(page);
    await page.route("**/pkg/split_*.wasm", async (route) => {
      // The rest is there.
      await expectScripts(page);
      await context.setOffline(true);
      await route.abort("internetdisconnected");
    });
    const loads = countLoads(page);
    // Not the stream of the page before, which fails as that page ends.
    const failed = page.waitForEvent("requestfailed", (request) => request.url().includes("/pkg/split_"));
    await Promise.all([failed, page.goto("/live")]);
    await page.unrouteAll({ behavior: "wait" });
    await expect(connection(page)).not.toHaveText("Live");
    await context.setOffline(false);
    await expectLive(page);
    expect(loads).toHaveLength(1);
    await expect(scriptsEnded(page)).toBeHidden();
  });
});

test("a script that a blocker keeps away: one reload, then a page without scripts", async ({ page }) => {
  await openLive(page);
  await page.route("**/pkg/*.js", (route) => route.abort("blockedbyclient"));
  const loads = countLoads(page);
  await page.goto("/live");
  await expect(scriptsEnded(page)).toContainText("could not be loaded", { timeout: 15_000 });
  expect(loads).toHaveLength(2);
});

test("a browser without WebAssembly: no reload, a page without scripts", async ({ page }) => {
  await openLive(page);
  await page.addInitScript(() => Reflect.deleteProperty(window, "WebAssembly"));
  const loads = countLoads(page);
  await page.goto("/live");
  await expect(scriptsEnded(page)).toContainText("no WebAssembly", { timeout: 15_000 });
  expect(loads).toHaveLength(1);
  await page.getByRole("link", { name: "Load it again" }).click();
  await expectPlain(page, /no WebAssembly/);
});

test("an error of somebody else's script, before ours run, changes nothing", async ({ page }) => {
  await page.addInitScript(() => void Promise.reject(new TypeError("not ours")));
  await openLive(page);
  const loads = countLoads(page);
  await page.reload();
  await expectLive(page);
  // Longer than the page waits before it takes its scripts for missing: what it would do then is seen by its notice.
  await page.waitForFunction(() => performance.now() > 3_000);
  await expect(scriptsEnded(page)).toBeHidden();
  expect(loads).toHaveLength(1);
});

test.describe("rewritten on the way", () => {
  /** What a content delivery network makes of an e-mail address. */
  const obfuscate = (html: string) =>
    html.replaceAll(/(<[a-z]+[^>]*>)ada@example\.com/g, '$1<a href="/cdn-cgi/l/email-protection" class="__cf_email__">[email&#160;protected]</a>');

  test("an address that was hidden: the page says that it has stopped, and works", async ({ page }) => {
    await page.goto("/");
    await signIn(page);
    await expectSignedIn(page);
    await page.route("/", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: obfuscate(await response.text()) });
    });
    await page.goto("/");
    await expect(page.getByText("[email protected]").first()).toBeVisible();
    await expect(scriptsEnded(page)).toContainText("has stopped", { timeout: 15_000 });
    await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();
    await signOut(page);
  });
});

test("a page translated by the browser goes on saying what is true", async ({ page, context }) => {
  await openLive(page);
  await expectLive(page);
  await page.evaluate(() => {
    // As Chromium's translator does: each text becomes two elements.
    const walker = document.createTreeWalker(document.querySelector("main")!, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) if (walker.currentNode.nodeValue!.trim()) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      const [outer, inner] = [document.createElement("font"), document.createElement("font")];
      inner.textContent = text.data;
      outer.append(inner);
      text.replaceWith(outer);
    }
  });
  const value = unique();
  await add(page, value);
  await expect(row(page, value)).toHaveCount(1);
  await expect(row(page, value).getByRole("button")).toBeVisible();
  await context.setOffline(true);
  await expect(connection(page)).toHaveText("Offline");
  await context.setOffline(false);
  await expectLive(page);
  await expect(scriptsEnded(page)).toBeHidden();
});

test.describe("during an outage", () => {
  test.beforeEach(({ page }) => setLifetimes(page, { access_token: -5 }));
  test.afterEach(({ page }) => resetEmulator(page));

  test("a page that could not tell who is there comes back without WebAssembly, too", async ({ page }) => {
    await page.goto("/account");
    await enterPassword(page);
    await expect(page.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible();
    await startOutage(page);
    await page.addInitScript(() => Reflect.deleteProperty(window, "WebAssembly"));
    await page.goto("/account");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(/can.t be checked right now/);
    await clearFaults(page);
    await expect(page.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible({ timeout: 20_000 });
  });
});

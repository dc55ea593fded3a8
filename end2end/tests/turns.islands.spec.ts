// Where no WebSocket gets through, as behind some proxies: the page asks over HTTP, says so, and is live as soon as it
// can be.
import type { Page } from "@playwright/test";
import { expect, resetEmulator, signOut, status, test } from "./fixtures.ts";
import { add, connection, elsewhere, expectLive, expectMarked, mark, openLive, row, unique, values, stored } from "./live.ts";

// What the browser says about each handshake that fails.
test.use({ tolerated: new RegExp(`WebSocket connection to|${status(401, 503).source}|ERR_FAILED`) });
test.afterEach(({ page }) => resetEmulator(page));

/** Closes each WebSocket of the page at once, until it `passes` them. */
async function behindProxy(page: Page) {
  const proxy = { passes: false };
  await page.routeWebSocket(/\/live\/stream/, (stream) => {
    if (proxy.passes) stream.connectToServer();
    else void stream.close({ code: 1011 });
  });
  return proxy;
}

const expectTurns = (page: Page) => expect(connection(page)).toHaveText("Every few seconds", { timeout: 20_000 });

test("another person's number arrives all the same, and what the page shows is what there is", async ({ page, browser }) => {
  const complaints: string[] = [];
  const proxy = await behindProxy(page);
  const asked: (string | null)[] = [];
  page.on("request", (request) => void (request.url().endsWith("/live/stream") && asked.push(request.postData())));
  await openLive(page);
  await expectTurns(page);
  await mark(page);
  const grace = await elsewhere(browser, complaints);
  const value = unique();
  await add(grace, value);
  await expect(row(page, value)).toContainText("Grace Hopper");
  await expect(connection(page)).toHaveText("Every few seconds");
  const own = unique();
  await add(page, own);
  await expect(row(page, own).getByRole("button")).toBeVisible();
  await expect(row(grace, own)).toHaveCount(1);
  await expect.poll(() => values(page)).toEqual(await stored(page));

  for (const request of asked) expect(request).toMatch(/^\{"follow":\{"key":"list_numbers .*\}\}$/);

  // It goes on trying to open a stream, and needs no turns once one stays open.
  proxy.passes = true;
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expectLive(page);
  const turns = asked.length;
  const next = unique();
  await add(grace, next);
  await expect(row(page, next)).toHaveCount(1);
  await expectMarked(page);
  expect(asked).toHaveLength(turns);
  await grace.context().close();
  expect(complaints).toEqual([]);
});

test("a session that ends ends it", async ({ page, context }) => {
  await behindProxy(page);
  await openLive(page);
  await expectTurns(page);
  const tab = await context.newPage();
  await tab.goto("/signed-out");
  await tab.goto("/account");
  await signOut(tab);
  await expect(page.getByRole("dialog", { name: "Your session has ended" })).toBeVisible();
});

test("a server that does not answer turns either leaves the page reconnecting", async ({ page }) => {
  await behindProxy(page);
  await openLive(page);
  await expectTurns(page);
  await page.route("**/live/stream", (route) => route.fulfill({ status: 503, body: "" }));
  await expect(connection(page)).toHaveText("Reconnecting", { timeout: 15_000 });
  await page.unrouteAll({ behavior: "wait" });
  // Somebody looks at the page again.
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await expectTurns(page);
});

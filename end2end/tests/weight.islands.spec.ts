// The budget: what a first visit transfers, headers included, live data and all. On a server of its own: what other tests
// have left in a list would weigh, too.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADA, enterPassword, expect, expectScripts, test } from "./fixtures.ts";
import { expectLive, rows } from "./live.ts";
import { startServer, type Program } from "./program.ts";
import { local, port } from "./server.ts";
import type { BrowserContext, Page } from "@playwright/test";

const APP = local(3207);
/** So many numbers are in the list. */
const NUMBERS = 5;

/**
 * What a first visit of a page may weigh, in bytes: of the home page for somebody who is signed out, of the others for a user in an
 * organization. A feature whose island is lazy adds 0.7 kB to other pages than its own, and one that is a list nothing.
 */
const BUDGET = { "/": 82_000, "/account": 122_000, "/live": 139_400, "/notes": 131_100 };

test.use({ baseURL: APP });

let server: Program;
let folder: string;

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "authkit-leptos-"));
  server = await startServer(APP, { DATA_DIR: folder, EMULATOR_ADDR: `127.0.0.1:${port(3208)}` });
});

test.afterAll(async () => {
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const kB = (bytes: number) => `${bytes / 1000} kB`;

test(`a first visit to the home page transfers at most ${kB(BUDGET["/"])}`, async ({ page, context }) => {
  await weigh(page, context, BUDGET["/"], async () => {
    await page.goto("/", { waitUntil: "networkidle" });
    await expectScripts(page);
  });
});

for (const path of ["/account", "/live", "/notes"] as const) {
  test(`a first visit to ${path} transfers at most ${kB(BUDGET[path])}`, async ({ page, context }) => {
    // Signed in from a page that loads nothing of the app.
    await page.goto("/sign-in?return_to=/healthz");
    await enterPassword(page, ADA.email);
    await expect(page.getByText("ok")).toBeVisible();
    for (let value = 1; path === "/live" && value <= NUMBERS; value++) {
      const added = await page.request.post("/api/add_number", { form: { value }, headers: { accept: "application/json" } });
      expect(added.ok(), await added.text()).toBe(true);
    }
    await weigh(page, context, BUDGET[path], async () => {
      await page.goto(path, { waitUntil: "networkidle" });
      if (path === "/account") await expect.poll(() => loaded(page, "split_account_deletion"), "its last island").toBe(true);
      else await expectLive(page);
      if (path === "/live") await expect(rows(page)).toHaveCount(NUMBERS);
    });
  });
}

test("the WASM of an island is loaded once, by the page of the island alone, and as early as the rest", async ({ page }) => {
  const parts: string[] = [];
  page.on("request", (request) => void (/split_.*\.wasm/.test(request.url()) && parts.push(request.url())));
  await page.goto("/", { waitUntil: "networkidle" });
  expect(parts).toEqual([]);
  await page.goto("/sign-in?return_to=/live");
  await enterPassword(page, ADA.email);
  // Whose own part has come by then, and is not counted with those of the next page.
  await expectLive(page);
  for (const [path, island] of [["/live", "numbers"], ["/notes", "live_rows"]]) {
    parts.length = 0;
    await page.goto(path, { waitUntil: "networkidle" });
    await expectLive(page);
    const early = await page.locator('head link[rel="preload"][as="fetch"]').evaluateAll((links) => links.map((it) => (it as HTMLLinkElement).href));
    expect(parts).toEqual([expect.stringContaining(`/pkg/split_${island}_loader_`)]);
    expect(early).toEqual(expect.arrayContaining(parts));
  }
});

/** Whether a file of the site has come, whose name begins like that. */
const loaded = (page: Page, file: string) =>
  page.evaluate((path) => performance.getEntriesByType("resource").some(({ name }) => name.includes(path)), `/pkg/${file}`);

async function weigh(page: Page, context: BrowserContext, budget: number, visit: () => Promise<unknown>) {
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  const urls = new Map<string, string>();
  const bytes = new Map<string, number>();
  devtools.on("Network.requestWillBeSent", ({ requestId, request }) => urls.set(requestId, request.url));
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => bytes.set(requestId, encodedDataLength));
  await visit();

  const parts = [...bytes].map(([id, size]) => ({ url: urls.get(id) ?? id, size })).sort((a, b) => b.size - a.size);
  const total = parts.reduce((sum, part) => sum + part.size, 0);
  const report = [...parts.map(({ url, size }) => `${size} ${url}`), `${total} in total`].join("\n");
  await test.info().attach("weight.txt", { body: report, contentType: "text/plain" });
  console.log(report);
  expect(parts.some(({ url }) => url.endsWith(".wasm")), "the WASM was fetched").toBe(true);
  expect(total, report).toBeLessThanOrEqual(budget);
}

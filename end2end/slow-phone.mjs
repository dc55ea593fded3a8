// Visits pages as a slow phone does that has never been there, and says when something is painted, when the page answers, and
// when all of it has come. `script/bench browser` runs it, with what to visit as JSON in standard input: `{ rounds, visits:
// [{ name, url, cookie, interactive }] }`. `interactive` is an expression that is true once scripts have taken over the page, or
// not given. The answer is JSON: medians by name, in milliseconds since the visit began, and the bytes that came until the
// network was quiet.
import { chromium } from "@playwright/test";
import { launchOptions } from "./chromium.mjs";
import { text } from "node:stream/consumers";

/** Times slower than this machine. */
const CPU = 4;
/** In milliseconds for each request, and in bytes a second: "slow 4G". */
const NETWORK = { latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8, offline: false };
const PATIENCE = 60_000;

const { rounds, visits } = JSON.parse(await text(process.stdin));
const browser = await chromium.launch(launchOptions);

/** In the page, before any of its own scripts: notes the first frame in which the expression is true. */
const watch = (interactive) => `
  {
    const isInteractive = () => { try { return ${interactive}; } catch { return false; } };
    const look = () => isInteractive() ? (window.interactiveAt = performance.now()) : requestAnimationFrame(look);
    requestAnimationFrame(look);
  }`;

async function visit({ url, cookie, interactive }) {
  // Nothing is in its cache.
  const context = await browser.newContext();
  if (cookie) {
    const pairs = cookie.split("; ").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
    await context.addCookies(pairs.map(([name, value]) => ({ name, value, url })));
  }
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  let bytes = 0;
  cdp.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", NETWORK);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: CPU });
  await page.addInitScript(watch(interactive ?? "true"));
  await page.goto(url, { waitUntil: "load", timeout: PATIENCE });
  await page.waitForFunction(() => window.interactiveAt, undefined, { timeout: PATIENCE });
  await page.waitForLoadState("networkidle", { timeout: PATIENCE });
  const found = await page.evaluate(() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    interactive: window.interactiveAt,
    loaded: Math.max(...["navigation", "resource"].flatMap((it) => performance.getEntriesByType(it)).map((it) => it.responseEnd)),
  }));
  await context.close();
  return { ...found, bytes };
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const found = new Map(visits.map(({ name }) => [name, []]));
// The first visit of a server and of a browser is not like the others.
for (const each of visits) await visit(each);
for (let round = 1; round <= rounds; round++) {
  for (const each of visits) {
    const { paint, interactive, loaded, bytes } = await visit(each);
    const answers = each.interactive ? `answers after ${interactive.toFixed(0)}, ` : "";
    console.error(`  ${round} of ${rounds}: ${each.name}: painted after ${paint.toFixed(0)}, ${answers}loaded after ${loaded.toFixed(0)} ms`);
    found.get(each.name).push({ paint, interactive, loaded, bytes });
  }
}
await browser.close();
const medianOf = (runs, what) => median(runs.map((run) => run[what]));
const rows = [...found].map(([name, runs]) => [
  name,
  Object.fromEntries(["paint", "interactive", "loaded", "bytes"].map((what) => [what, medianOf(runs, what)])),
]);
console.log(JSON.stringify(Object.fromEntries(rows)));

// The budget: what a first visit to the home page transfers, headers included.
import { expect, test } from "./fixtures.ts";

const BUDGET = 120_000;

test(`a first visit transfers at most ${BUDGET / 1000} kB`, async ({ page, context }, info) => {
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  const urls = new Map<string, string>();
  const bytes = new Map<string, number>();
  devtools.on("Network.requestWillBeSent", ({ requestId, request }) => urls.set(requestId, request.url));
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => bytes.set(requestId, encodedDataLength));
  await page.goto("/", { waitUntil: "networkidle" });

  const parts = [...bytes].map(([id, size]) => ({ url: urls.get(id) ?? id, size })).sort((a, b) => b.size - a.size);
  const total = parts.reduce((sum, part) => sum + part.size, 0);
  const report = [...parts.map(({ url, size }) => `${size} ${url}`), `${total} in total`].join("\n");
  await info.attach("weight.txt", { body: report, contentType: "text/plain" });
  console.log(report);
  expect(parts.some(({ url }) => url.endsWith(".wasm")), "the WASM was fetched").toBe(true);
  expect(total, report).toBeLessThanOrEqual(BUDGET);
});

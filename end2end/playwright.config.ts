// Two projects, one app: every spec runs with JavaScript and without it. `*.islands.spec.ts` is about
// what JavaScript adds, and runs with it only.
//
// script/test builds the server and sets SERVER_BIN and SITE_ROOT. By hand, after script/server or
// `cargo leptos build`: `. script/env`, and `npx playwright test` in this folder.
import { defineConfig, devices } from "@playwright/test";
import { APP, local, port, serverBinary, serverEnvironment } from "./tests/server.ts";
import { launchOptions } from "./chromium.mjs";
import { rmSync } from "node:fs";
import { join } from "node:path";

/** At once, each with an app and an AuthKit of its own. */
const WORKERS = 2;
const data = join(import.meta.dirname, "test-results", "data");
// Workers load this file too, when the server is running already.
if (!process.env.TEST_WORKER_INDEX) rmSync(data, { recursive: true, force: true });

export default defineConfig({
  testDir: "./tests",
  outputDir: "./test-results/traces",
  // The tests of a file run one after the other.
  fullyParallel: false,
  workers: WORKERS,
  retries: 0,
  forbidOnly: true,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["json", { outputFile: "results.json" }]],
  use: {
    ...devices["Desktop Chrome"],
    channel: undefined,
    baseURL: APP,
    // What was done, what the console said, and a picture. To see each moment of the page, and its requests, costs a sixth more
    // time: `--trace on`.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false },
    screenshot: "only-on-failure",
    launchOptions,
  },
  projects: [
    { name: "javascript" },
    {
      name: "no-javascript",
      use: { javaScriptEnabled: false },
      testIgnore: /\.islands\.spec\.ts$/,
    },
  ],
  webServer: Array.from({ length: WORKERS }, (_, worker) => {
    const app = local(3180, worker);
    return {
      command: `"${serverBinary()}"`,
      // A folder of its own, emptied above: users, sessions and keys of one run are gone with the next.
      env: serverEnvironment(app, {
        EMULATOR_ADDR: `127.0.0.1:${port(3181, worker)}`,
        DATA_DIR: join(data, String(worker)),
      }),
      url: `${app}/healthz`,
      reuseExistingServer: false,
      gracefulShutdown: { signal: "SIGTERM" as const, timeout: 5_000 },
      stdout: "ignore" as const,
      stderr: "pipe" as const,
    };
  }),
});

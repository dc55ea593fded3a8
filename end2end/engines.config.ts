// A smoke test in each browser engine that is there; script/bootstrap --test installs them on Debian. `script/test`
// runs it with its release build. By hand: `. script/env`, and `npx playwright test --config engines.config.ts`.
import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";
import { NAMES, missing, title, type Name } from "./engines/engine.ts";
import { APP, BEHIND, EMULATOR } from "./engines/server.ts";
import { serverBinary, serverEnvironment } from "./tests/server.ts";
import { rmSync } from "node:fs";
import { join } from "node:path";

const installed = NAMES.filter((name) => missing(name).length === 0);
const data = join(import.meta.dirname, "test-results", "engines-data");
// Workers load this file too, when the server is running already.
if (!process.env.TEST_WORKER_INDEX) {
  rmSync(data, { recursive: true, force: true });
  for (const name of NAMES) {
    const programs = missing(name);
    if (programs.length) console.log(`Skipped: ${title(name)}, because ${programs.join(" and ")} can't be found.`);
  }
}

export default defineConfig<object, { engine: Name }>({
  testDir: "./engines",
  outputDir: "./test-results/engines",
  fullyParallel: false,
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000, toPass: { timeout: 15_000, intervals: [50, 100] } },
  reporter: base.reporter,
  // Without any there would be one of no name.
  testMatch: installed.length ? "*.spec.ts" : [],
  projects: installed.map((engine) => ({ name: engine, use: { engine } })),
  webServer: {
    command: `"${serverBinary()}"`,
    env: serverEnvironment(APP, {
      LEPTOS_SITE_ADDR: `${BEHIND.host}:${BEHIND.port}`,
      EMULATOR_ADDR: `127.0.0.1:${new URL(EMULATOR).port}`,
      DATA_DIR: data,
    }),
    url: `http://${BEHIND.host}:${BEHIND.port}/healthz`,
    reuseExistingServer: false,
    gracefulShutdown: { signal: "SIGTERM", timeout: 5_000 },
    stdout: "ignore",
    stderr: "pipe",
  },
});

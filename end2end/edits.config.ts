// What a developer sees who edits the app while `script/server` runs: a config of its own, because the
// server is the development one, of a copy of the project. `script/test edits` makes the copy and runs this.
import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";
import { EDITED } from "./edits/server.ts";

export default defineConfig({
  ...base,
  workers: 1,
  testDir: "./edits",
  outputDir: "./test-results/edits",
  // A build may take a minute on a busy machine.
  timeout: 300_000,
  expect: { timeout: 180_000 },
  use: { ...base.use, baseURL: EDITED },
  projects: [{ name: "edits" }],
  webServer: undefined,
});

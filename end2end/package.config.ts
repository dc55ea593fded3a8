// The packed app, on a machine of its own that script/try-package has started: the specs of sign-in as they are, and
// what becomes of the app's state when its unit is stopped and started.
import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";

export default defineConfig({
  ...base,
  outputDir: "./test-results/package",
  webServer: undefined,
  // results.json is the app's own run's.
  reporter: "list",
  projects: [
    { name: "unit", testDir: "./package" },
    { name: "specs", testDir: "./tests", testMatch: /\/sign-in\.spec\.ts$/ },
  ],
});

// The packed app, on a machine of its own that script/try-package or script/try-deploy has started: the specs of sign-in as
// they are, and what becomes of the app's state when its unit is stopped and started, or what docs/deploy.md says is done to it.
import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";

export default defineConfig({
  ...base,
  workers: 1,
  outputDir: "./test-results/package",
  webServer: undefined,
  // results.json is the app's own run's.
  reporter: "list",
  projects: [
    { name: "unit", testDir: "./package", testMatch: /unit\.spec\.ts$/ },
    { name: "restore", testDir: "./package", testMatch: /restore\.spec\.ts$/, use: { ignoreHTTPSErrors: true } },
    { name: "specs", testDir: "./tests", testMatch: /\/sign-in\.spec\.ts$/ },
    {
      name: "deploy",
      testDir: "./package",
      testMatch: /deploy\.spec\.ts$/,
      use: { ignoreHTTPSErrors: true },
    },
  ],
});

// The app behind a real nginx or Caddy, configured as docs/proxies says. Run by script/try-proxies, which names the
// proxy in PROXY and sets APP_URL to its address: `proxies/` tries what a proxy can do wrong, and some of the browser
// specs run through it as they are.
import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";

export default defineConfig({
  ...base,
  workers: 1,
  outputDir: "./test-results/proxies",
  globalSetup: "./proxies/setup.ts",
  webServer: undefined,
  // results.json is the app's own run's.
  reporter: "list",
  use: { ...base.use, ignoreHTTPSErrors: true },
  projects: [
    { name: "proxy", testDir: "./proxies" },
    {
      name: "specs",
      testDir: "./tests",
      testMatch: /(sign-in|live|organizations|session\.islands|home\.islands)\.spec\.ts$/,
      grepInvert: /@proxy/,
    },
  ],
});

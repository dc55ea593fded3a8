// The pictures of README.md: a config of its own, because it writes into docs/images. script/screenshot builds the app and
// runs this.
import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";

export default defineConfig({
  ...base,
  workers: 1,
  testDir: "./screenshot",
  outputDir: "./test-results/screenshot",
  reporter: "list",
  use: { ...base.use, viewport: { width: 1100, height: 700 }, trace: "off" },
  projects: [{ name: "screenshot" }],
});

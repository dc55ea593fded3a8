// The browser that tests and benchmarks start, and how. playwright.config.ts and slow-phone.mjs give it to Playwright.
import { existsSync } from "node:fs";

/** Options of `chromium.launch`: Debian's Chromium where it is, else the one that Playwright has downloaded. */
export const launchOptions = {
  executablePath: process.env.CHROMIUM || (existsSync("/usr/bin/chromium") ? "/usr/bin/chromium" : undefined),
  args: [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

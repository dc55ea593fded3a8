// axe, with all of its rules, on every page: in light and in dark, on a phone, a tablet and a desktop. With
// JavaScript only: axe is a script, and a browser that runs none does not run it either.
import axe from "axe-core";
import { appPages, eachLook, emulatorPages } from "./every-page.ts";
import { expect, test } from "./fixtures.ts";
import type { Page } from "@playwright/test";

const WIDTHS = { phone: 390, tablet: 820, desktop: 1280 };

/** Rules that axe leaves out unless it is asked: those of WCAG's level AAA, of WCAG 2.2, and experimental ones. */
const MORE = [
  "color-contrast-enhanced", "css-orientation-lock", "focus-order-semantics", "hidden-content", "identical-links-same-purpose",
  "label-content-name-mismatch", "landmark-complementary-is-top-level", "p-as-heading", "table-fake-caption", "target-size",
  "td-has-header",
];
/** What a colour scheme can break. */
const COLOURS = ["color-contrast", "color-contrast-enhanced", "link-in-text-block"];

/** What axe finds in the page as it is, which has it: rule, element, and what to do. With `only`, by these rules. */
async function found(page: Page, only?: string[]) {
  // Of what is right, one element for each rule: to describe all of them takes longer than to look at them.
  const options: axe.RunOptions = { resultTypes: ["violations"], rules: Object.fromEntries(MORE.map((rule) => [rule, { enabled: true }])) };
  if (only) options.runOnly = { type: "rule", values: only };
  const { violations, passes } = await page.evaluate((options) => axe.run(options), options);
  expect(passes, "axe has looked at the page").not.toEqual([]);
  return violations.flatMap(({ id, nodes }) =>
    nodes
      // The accent is the colour of what can be done next: AA on it, AAA everywhere else.
      .filter(({ html }) => id !== "color-contrast-enhanced" || !/^<[^>]*class="button primary/.test(html))
      .map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
  );
}

// A trace would have the page of every step.
test.use({ trace: "off" });

async function look(page: Page) {
  test.setTimeout(60_000);
  await page.evaluate(axe.source);
  const all: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const [width, pixels] of Object.entries(WIDTHS)) {
      await page.setViewportSize({ width: pixels, height: 900 });
      const here = await found(page, colorScheme === "dark" ? COLOURS : undefined);
      all.push(...here.map((it) => `${colorScheme}, ${width}: ${it}`));
    }
  }
  expect(all).toEqual([]);
}

eachLook("axe on the app", appPages, look);
eachLook("axe on the emulator", emulatorPages, look);

// What a page says of itself in its head, and what robots.txt asks of search engines.
import { ADA, APP, enterPassword, expect, status, test } from "./fixtures.ts";
import type { Page } from "@playwright/test";

const said = async (page: Page, name: string) => {
  const tags = await page.locator(`head meta[name="${name}"], head meta[property="${name}"]`).all();
  expect(tags.length, `${name} is said once at most`).toBeLessThan(2);
  return (await tags[0]?.getAttribute("content")) ?? null;
};

/** The paths that robots.txt asks to leave alone. */
async function disallowed(page: Page) {
  const answer = await page.request.get("/robots.txt");
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-type"]).toContain("text/plain");
  return [...(await answer.text()).matchAll(/^Disallow: (\S+)$/gm)].map(([, path]) => path);
}

for (const path of ["/", "/live"]) {
  test(`${path} is for search engines, and has a card where others link to it`, async ({ page }) => {
    await page.goto(path);
    expect(await said(page, "robots")).toBeNull();
    expect((await disallowed(page)).filter((it) => path.startsWith(it))).toEqual([]);
    const description = await said(page, "description");
    expect(description).toMatch(/\w.{40}/);
    expect(await said(page, "og:description")).toBe(description);
    expect(`${await said(page, "og:title")} · ${await said(page, "og:site_name")}`).toBe(await page.title());
    expect(await said(page, "og:url")).toBe(APP + path);
    await expect(page.locator('head link[rel="canonical"]')).toHaveAttribute("href", APP + path);
  });
}

test("what is asked after the path is not part of a page's address", async ({ page }) => {
  await page.goto("/?utm_source=elsewhere");
  expect(await said(page, "og:url")).toBe(`${APP}/`);
});

test.describe("for nobody's index", () => {
  test.use({ tolerated: status(403, 404) });

  for (const path of ["/signed-out", "/account-deleted", "/nothing-here", "/debug/auth", "/debug/parts"]) {
    test(path, async ({ page }) => {
      await page.goto(path);
      expect(await said(page, "robots")).toBe("noindex");
      expect(await said(page, "description")).toMatch(/\w.{20}/);
      expect(await said(page, "og:url")).toBeNull();
    });
  }

  test("what is behind the sign-in", async ({ page }) => {
    const left = await disallowed(page);
    await page.goto("/sign-in?return_to=/account");
    await enterPassword(page, ADA.email);
    for (const path of ["/account", "/account/organizations", "/admin", "/notes"]) {
      await page.goto(path);
      expect(new URL(page.url()).pathname).toBe(path);
      expect(await said(page, "robots"), path).toBe("noindex");
      expect(await said(page, "description"), path).toMatch(/\w.{20}/);
      expect(left.some((it) => path.startsWith(it)), `robots.txt has ${path}`).toBe(true);
    }
  });
});

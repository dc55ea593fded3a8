// Lighthouse, as for a desktop, on the pages that answer with 200: accessibility, best practices and search engines as
// numbers. What it says of performance depends on the machine, so that is written down and not held against the page; the
// budget of what a visit weighs is in weight.islands.spec.ts.
import { chromium, type BrowserContext } from "@playwright/test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADA, APP, expect, expectSignedIn, signInAtAuthKit, test } from "./fixtures.ts";
import { port } from "./server.ts";

/** Where Lighthouse reaches the browser. */
const PORT = port(3209);

/** Pages of strangers, and of those who are signed in. */
const PAGES = {
  stranger: ["/", "/live", "/signed-out", "/account-deleted", "/debug/auth", "/debug/parts"],
  user: ["/", "/live", "/notes", "/account", "/account/organizations", "/admin", "/debug/auth"],
};
/** Pages that search engines are asked to leave out: what Lighthouse has against that is meant. */
const LISTED = ["/", "/live"];
/** Of 100. */
const LEAST = { home: 100, others: 95 };

let context: BrowserContext;
let folder: string;

// A browser of its own, since Lighthouse sees no other context than the first.
test.beforeAll(async ({ playwright: _ }, info) => {
  folder = await mkdtemp(join(tmpdir(), "authkit-leptos-"));
  const { launchOptions = {} } = info.project.use;
  const args = [...(launchOptions.args ?? []), `--remote-debugging-port=${PORT}`];
  context = await chromium.launchPersistentContext(folder, { ...launchOptions, args });
});

test.afterAll(async () => {
  await context?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Lighthouse's numbers for a page, and what it takes points for. */
async function lighthouse(path: string) {
  const { default: lighthouse, desktopConfig: desktop } = await import("lighthouse");
  const isListed = LISTED.includes(path);
  const skipAudits = ["full-page-screenshot", ...(isListed ? [] : ["is-crawlable"])];
  // To look at performance takes twice as long.
  const onlyCategories = [...(isListed ? ["performance"] : []), "accessibility", "best-practices", "seo"];
  const look = () =>
    lighthouse(
      APP + path,
      // The session is in the browser's cookies.
      { port: PORT, logLevel: "error", disableStorageReset: true },
      { ...desktop, settings: { ...desktop.settings, skipAudits, onlyCategories } },
    );
  let ran = await look();
  // On a busy machine it may lose the beginning of its own recording, and asks to be run again.
  if (ran?.lhr.runtimeError) ran = await look();
  if (!ran) throw new Error(`Lighthouse has nothing to say of ${path}`);
  const { categories, audits, finalDisplayedUrl, runtimeError } = ran.lhr;
  expect(runtimeError, runtimeError?.message).toBeUndefined();
  expect(finalDisplayedUrl).toBe(APP + path);
  const { performance = undefined, ...others } = categories;
  const taken = Object.values(others).flatMap(({ id, auditRefs }) =>
    auditRefs
      .filter(({ weight, id }) => weight > 0 && audits[id].score !== null && audits[id].score! < 1)
      .map((ref) => `${id}, ${ref.id}: ${audits[ref.id].title} ${JSON.stringify(audits[ref.id].details ?? "")}`),
  );
  const points = (score: number | null) => Math.round((score ?? 0) * 100);
  const scores = Object.fromEntries(Object.entries(others).map(([id, { score }]) => [id, points(score)]));
  console.log(`Lighthouse of ${path}: ${JSON.stringify({ performance: performance && points(performance.score), ...scores })}`);
  return { scores, taken };
}

for (const [who, paths] of Object.entries(PAGES)) {
  test(`Lighthouse on the pages of a ${who}`, async ({}) => {
    test.setTimeout(paths.length * 60_000);
    const page = await context.newPage();
    if (who === "user") {
      await signInAtAuthKit(context, ADA.email);
      await page.goto(`${APP}/sign-in`);
      await expectSignedIn(page);
    }
    await page.close();
    for (const path of paths) {
      const { scores, taken } = await lighthouse(path);
      const least = path === "/" ? LEAST.home : LEAST.others;
      for (const [category, points] of Object.entries(scores)) {
        expect(points, `${category} of ${path}:\n${taken.join("\n")}`).toBeGreaterThanOrEqual(least);
      }
    }
  });
}

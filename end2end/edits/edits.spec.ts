// Edits of every kind, each seen in a page that stays open meanwhile, without anybody loading it again.
// Edits stay: a test must find in the file what no other test has changed.
//
// EDIT_ROUNDS=10 makes each but the last ten times in a row, and writes how long it took from saving the file to the browser
// showing it into the file that LOOP_TIMES names: script/bench loop makes a table of that.
import { writeFileSync } from "node:fs";
import { enterPassword, expect, test as base } from "../tests/fixtures.ts";
import { expectLive } from "../tests/live.ts";
import { DevelopmentServer, File } from "./server.ts";

const ROUNDS = Number(process.env.EDIT_ROUNDS ?? 1);

const test = base.extend<object, { server: DevelopmentServer }>({
  server: [
    async ({}, use) => {
      const server = new DevelopmentServer();
      try {
        await server.ready();
        await use(server);
      } finally {
        await server.stop();
      }
    },
    { scope: "worker", auto: true, timeout: 30 * 60_000 },
  ],
});
// What the script of cargo-leptos says in a page, and before each reload; the status of one of the pages; and what a
// page that is live asks for while the server restarts.
test.use({
  tolerated: /^\[HOT RELOADING\] Connected|^Live-reload disconnected|status of 400|net::ERR_CONNECTION_REFUSED/,
});

const found: { what: string; seconds: number[] }[] = [];

test.afterAll(() => {
  // After a failure a new worker comes here, too, and has found nothing.
  if (process.env.LOOP_TIMES && found.length > 0) writeFileSync(process.env.LOOP_TIMES, JSON.stringify(found, undefined, 2));
});

/** Edits so many times, and waits each time until `shown` has seen it. */
async function inRounds(what: string, edit: (round: number) => void, shown: (round: number) => Promise<void>) {
  const seconds: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const start = Date.now();
    edit(round);
    await shown(round);
    seconds.push((Date.now() - start) / 1000);
  }
  found.push({ what, seconds });
}

test("a page", async ({ page }) => {
  test.setTimeout(ROUNDS * 180_000);
  const home = new File("src/home/page.rs");
  await page.goto("/");
  await inRounds(
    "A page",
    (round) => home.replace("This page doesn’t know you yet", `This page was edited ${round} times`),
    (round) => expect(page.getByRole("heading", { name: `This page was edited ${round} times` })).toBeVisible(),
  );
});

test("an island", async ({ page }) => {
  test.setTimeout(ROUNDS * 180_000);
  const island = new File("src/home/island.rs");
  await page.goto("/sign-in");
  await enterPassword(page);
  await expect(page.getByText("this browser", { exact: true })).toBeVisible();
  // Only the WASM says so: the server's HTML says "the server".
  await inRounds(
    "An island",
    (round) => island.replace('"this browser"', `"this edited browser ${round}"`),
    (round) => expect(page.getByText(`this edited browser ${round}`, { exact: true })).toBeVisible(),
  );
});

test("the stylesheet, without loading the page anew", async ({ page }) => {
  test.setTimeout(ROUNDS * 60_000);
  const style = new File("style/main.css");
  await page.goto("/");
  await page.evaluate(() => Object.assign(window, { notLoadedAnew: true }));
  await inRounds(
    "The stylesheet",
    (round) => style.write(`${style.text}\nh1 { letter-spacing: ${round}px; }\n`),
    (round) => expect(page.getByRole("heading", { level: 1 })).toHaveCSS("letter-spacing", `${round}px`),
  );
  expect(await page.evaluate(() => "notLoadedAnew" in window)).toBe(true);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toHaveCSS("letter-spacing", `${ROUNDS}px`);
});

test("a file of the library", async ({ page }) => {
  test.setTimeout(ROUNDS * 180_000);
  const error = new File("crates/authkit-leptos/src/error.rs");
  await page.goto("/sign-in-failed?reason=authkit_refused");
  await inRounds(
    "A file of the library",
    (round) => error.replace("AuthKit refused the sign-in", `AuthKit said no ${round} times`),
    (round) => expect(page.getByRole("heading", { name: `AuthKit said no ${round} times` })).toBeVisible(),
  );
});

test.describe("in a page that is live", () => {
  test("a migration", async ({ page }) => {
    test.setTimeout(ROUNDS * 180_000);
    await page.goto("/sign-in?return_to=/live");
    await enterPassword(page);
    await expectLive(page, 60_000);
    await inRounds(
      "A new migration",
      (round) =>
        new File(`migrations/${9000 + round}_edited.sql`).write(
          `INSERT INTO numbers (id, value, added_by, added_at)\nSELECT '01JEDITED${round}', ${424_200 + round}, MIN(id), 0 FROM users;\n`,
        ),
      (round) => expect(page.getByText(`424,${200 + round}`, { exact: true })).toBeVisible(),
    );
  });

  test("the name of a mutation", async ({ page }) => {
    test.setTimeout(ROUNDS * 180_000);
    const model = new File("src/numbers/model.rs");
    await page.goto("/sign-in?return_to=/live");
    await enterPassword(page);
    const value = page.getByLabel("Number", { exact: true });
    await inRounds(
      "The name of a mutation",
      (round) => model.replace('NAME: &\'static str = "add_number"', `NAME: &'static str = "add_number_${round}"`),
      async (round) => {
        await expect(page.locator(`form[action="/api/add_number_${round}"]`)).toBeVisible();
        await expectLive(page, 60_000);
        await value.fill(String(131_300 + round));
        const answer = page.waitForResponse(`**/api/add_number_${round}`);
        await page.getByRole("button", { name: "Add number" }).click();
        expect((await answer).status()).toBe(200);
      },
    );
  });
});

test.describe("in public/", () => {
  // cargo-leptos removes the file before it writes the new one.
  test.use({ tolerated: /^\[HOT RELOADING\] Connected|^Live-reload disconnected|status of 404/ });

  test("a file in public/", async ({ page }) => {
    await page.goto("/");
    const icon = new File("public/favicon.svg");
    const fetched = () => page.evaluate(async () => (await fetch("/favicon.svg")).text()).catch(() => "");
    expect(await fetched()).not.toContain("edited");
    await inRounds(
      "A file in public/",
      (round) => icon.replace("</svg>", `<!-- edited ${round} --></svg>`),
      (round) => expect.poll(fetched).toContain(`edited ${round} `),
    );
  });
});

test("a mistake is shown in the terminal, the old page stays, and the next good save shows", async ({ page, server }) => {
  const home = new File("src/home/page.rs");
  await page.goto("/");
  const before = server.output.length;
  home.write(`${home.text}\nfn broken() -> u32 {\n    mistake\n}\n`);
  await expect.poll(() => server.output.slice(before)).toMatch(/error.*[\s\S]*mistake[\s\S]*Build failed/i);
  await page.reload();
  await expect(page.getByRole("link", { name: "Sign in to this page" })).toBeVisible();
  home.replace("Sign in to this page", "Sign in to this mended page");
  await expect(page.getByRole("link", { name: "Sign in to this mended page" })).toBeVisible();
});

// What JavaScript adds to the page of numbers: every open browser shows what the database has.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page, WebSocketRoute } from "@playwright/test";
import { ADA, EMULATOR, enterPassword, expect, expectSignedIn, resetEmulator, setLifetimes, setRoles, signOut, status, test } from "./fixtures.ts";
import { GRACE, NETWORK, add, connection, elsewhere, expectLive, expectMarked, list, mark, openLive, remove, row, rows, shown, stored, unique, values } from "./live.ts";
import { startServer, type Program } from "./program.ts";
import { newSeed, randomFrom } from "./random.ts";
import { local, port } from "./server.ts";

test.afterEach(({ page }) => resetEmulator(page));

const dialog = (page: Page) => page.getByRole("dialog", { name: "Your session has ended" });

/** What the pages of other browsers complain about. */
let complaints: string[] = [];
test.beforeEach(() => void (complaints = []));

/** Opens the page with `pass` between it and what the server says on the stream. */
async function openThrough(page: Page, pass: (message: string, stream: WebSocketRoute) => void) {
  await page.routeWebSocket(/\/live\/stream/, (stream) => {
    stream.connectToServer().onMessage((message) => pass(String(message), stream));
  });
  await openLive(page);
}

test("two people see each other's numbers", async ({ page, browser }) => {
  await openLive(page);
  const grace = await elsewhere(browser, complaints);
  await Promise.all([expectLive(page), expectLive(grace)]);
  await Promise.all([mark(page), mark(grace)]);
  const [one, two] = [unique(), unique()];

  await add(page, one);
  await expect(row(grace, one)).toContainText("Ada Lovelace");
  await add(grace, two);
  await expect(row(page, two)).toContainText("Grace Hopper");
  await expect(page.getByRole("status").filter({ hasText: `Grace Hopper added ${shown(two)}.` })).toBeVisible();
  await remove(page, two);
  await expect(row(grace, two)).toHaveCount(0);
  expect(await values(grace)).toEqual(await values(page));
  await Promise.all([expectMarked(page), expectMarked(grace)]);
  await grace.context().close();
  expect(complaints).toEqual([]);
});

test("nothing is fetched a second time, and one stream serves the page", async ({ page }) => {
  await openLive(page);
  await expectLive(page);
  const [asked, streams]: string[][] = [[], []];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  page.on("websocket", (socket) => {
    streams.push(new URL(socket.url()).pathname);
    socket.on("framereceived", ({ payload }) => asked.push(`received ${payload}`));
  });
  await page.reload();
  await expectLive(page);
  expect(streams).toEqual(["/live/stream"]);
  expect(asked.filter((path) => /^\/api|^\/auth|^received (?!rights)/.test(path))).toEqual([]);
});

test("ten tabs of one browser all stay live", async ({ page, context }) => {
  test.setTimeout(120_000);
  await openLive(page);
  const tabs = [page];
  while (tabs.length < 10) {
    const tab = await context.newPage();
    await tab.goto("/live");
    tabs.push(tab);
  }
  for (const tab of tabs) await expectLive(tab);
  const value = unique();
  await add(tabs[9], value);
  for (const tab of tabs) await expect(row(tab, value)).toHaveCount(1);
  await remove(tabs[0], value);
  for (const tab of tabs) await expect(row(tab, value)).toHaveCount(0);
});

test("a number can be added by keyboard, one after the other", async ({ page }) => {
  await openLive(page);
  await expectLive(page);
  const [one, two] = [unique(), unique()];
  await page.getByLabel("Number", { exact: true }).focus();
  await page.keyboard.type(`${one}`);
  await page.keyboard.press("Enter");
  await page.keyboard.type(`${two}`);
  await page.keyboard.press("Enter");
  await expect(row(page, one).getByRole("button")).toBeVisible();
  await expect(row(page, two).getByRole("button")).toBeVisible();
  await expect(page.getByLabel("Number", { exact: true })).toBeFocused();
  await expect(page.getByLabel("Number", { exact: true })).toHaveValue("");
  await row(page, two).getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect(row(page, two)).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Latest numbers" })).toBeFocused();
});

test.describe("optimistic", () => {
  test("a number is shown while the server has not answered, and once only", async ({ page }) => {
    await openLive(page);
    await expectLive(page);
    const value = unique();
    let answer = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    await page.route("**/api/add_number", async (route) => {
      await answered;
      await route.continue();
    });
    await add(page, value);
    await expect(row(page, value)).toContainText("adding…");
    await expect(row(page, value).getByRole("button")).toHaveCount(0);
    // Counts how often it is there, in every state of the view from here on.
    await list(page).evaluate((list, text) => {
      const count = () => [...list.querySelectorAll("strong")].filter((value) => value.textContent === text).length;
      Object.assign(window, { counts: [count()] });
      const { counts } = window as unknown as { counts: number[] };
      new MutationObserver(() => counts.push(count())).observe(list, { childList: true, subtree: true });
    }, shown(value));
    answer();
    await expect(row(page, value).getByRole("button")).toBeVisible();
    await expect(page.getByText(`You added ${shown(value)}.`)).toBeVisible();
    const counts = await page.evaluate(() => (window as unknown as { counts: number[] }).counts);
    expect(Math.max(...counts), `${counts}`).toBe(1);
    expect(Math.min(...counts), `${counts}`).toBe(1);
  });

  test("what is pressed is sent in that order, each after the answer to the one before", async ({ page }) => {
    await openLive(page);
    await expectLive(page);
    const [one, two] = [unique(), unique()];
    let sent = 0;
    let answer = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    await page.route("**/api/add_number", async (route) => {
      sent += 1;
      if (sent === 1) await answered;
      await route.continue();
    });
    for (const value of [one, two]) {
      await add(page, value);
      await expect(row(page, value)).toContainText("adding…");
    }
    // What was sent by now went before this.
    await page.evaluate(async () => void (await fetch("/healthz")));
    expect(sent).toBe(1);
    answer();
    await expect(row(page, two).getByRole("button")).toBeVisible();
    await expect(list(page).getByRole("listitem").first()).toContainText(shown(two));
    expect(sent).toBe(2);
  });

  test("an answer that overtakes the call is not seen twice", async ({ page }) => {
    const value = unique();
    let arrived = () => {};
    const overtaken = new Promise<void>((resolve) => (arrived = resolve));
    await openThrough(page, (message, stream) => {
      stream.send(message);
      if (message.includes(`"value":${value}`)) arrived();
    });
    await expectLive(page);
    await page.route("**/api/add_number", async (route) => {
      const response = await route.fetch();
      await overtaken;
      await route.fulfill({ response });
    });
    await list(page).evaluate((list, text) => {
      const counts: number[] = [];
      Object.assign(window, { counts });
      new MutationObserver(() =>
        counts.push([...list.querySelectorAll("strong")].filter((value) => value.textContent === text).length),
      ).observe(list, { childList: true, subtree: true });
    }, shown(value));
    await add(page, value);
    await overtaken;
    await expect(row(page, value).getByRole("button")).toBeVisible();
    const counts = await page.evaluate(() => (window as unknown as { counts: number[] }).counts);
    expect(Math.max(...counts), `${counts}`).toBe(1);
  });

  test.describe("refused", () => {
    test.use({ tolerated: status(503, 403, 404) });
    const forbidden = { status: 403, json: { code: "forbidden", message: "You are not allowed to do that." } };

    test("a number that was refused is taken back with a sentence", async ({ page }) => {
      await openLive(page);
      await expectLive(page);
      const value = unique();
      let answer = () => {};
      const answered = new Promise<void>((resolve) => (answer = resolve));
      await page.route("**/api/add_number", async (route) => {
        await answered;
        await route.fulfill(forbidden);
      });
      await add(page, value);
      await expect(row(page, value)).toContainText("adding…");
      answer();
      await expect(page.getByRole("alert")).toContainText(`${shown(value)} was not added. You are not allowed to do that.`);
      await expect(row(page, value)).toHaveCount(0);
      // To try again with.
      await expect(page.getByLabel("Number", { exact: true })).toHaveValue(String(value));
    });

    test("a database that is away is asked again, with the same key, until it answers", async ({ page }) => {
      await openLive(page);
      await expectLive(page);
      const value = unique();
      const keys: (string | undefined)[] = [];
      await page.route("**/api/add_number", async (route) => {
        keys.push(route.request().headers()["idempotency-key"]);
        if (keys.length > 2) return route.continue();
        await route.fulfill({ status: 503, json: { code: "database_unavailable", message: "Nothing was changed." } });
      });
      await add(page, value);
      await expect(page.getByText("Still trying")).toBeVisible();
      await expect(row(page, value).getByRole("button")).toBeVisible({ timeout: 15_000 });
      expect(keys.length).toBe(3);
      expect(new Set(keys).size).toBe(1);
    });

    test("a page that can't read the answer of a newer program says that it is done", async ({ page }) => {
      await openLive(page);
      await expectLive(page);
      const value = unique();
      await page.route("**/api/add_number", (route) => route.fulfill({ json: { answer: 7, written: [] } }));
      await add(page, value);
      await expect(page.getByRole("alert")).toHaveText("It is done, and this page is too old to show it. Load it again.");
      await expect(page.getByLabel("Number", { exact: true })).toHaveValue("");
    });

    test("a number that could not be removed comes back", async ({ page }) => {
      await openLive(page);
      await expectLive(page);
      const value = unique();
      await add(page, value);
      await expect(row(page, value).getByRole("button")).toBeVisible();
      await page.route("**/api/remove_number", (route) => route.fulfill(forbidden));
      await remove(page, value);
      await expect(page.getByRole("alert")).toContainText(`${shown(value)} was not removed.`);
      await expect(row(page, value)).toHaveCount(1);
    });
  });
});

test.describe("offline", () => {
  test.use({ tolerated: NETWORK });

  test("a page that was offline for a while has missed nothing and shows nothing twice", async ({ page, context, browser }) => {
    await openLive(page);
    const grace = await elsewhere(browser, complaints);
    const [gone, kept, more] = [unique(), unique(), unique()];
    await add(page, gone);
    await expect(row(grace, gone)).toHaveCount(1);
    await expectLive(page);
    await mark(page);

    await context.setOffline(true);
    await expect(connection(page)).toHaveText("Offline");
    await add(grace, kept);
    await add(grace, more);
    await expect(row(grace, more).getByRole("button")).toBeVisible();
    await expect(row(page, kept)).toHaveCount(0);
    const answer = await grace.request.get("/api/list_numbers", { headers: { accept: "application/json" } });
    expect(answer.ok()).toBe(true);

    await context.setOffline(false);
    await expectLive(page);
    await expect(row(page, kept)).toHaveCount(1);
    await expect(row(page, more)).toHaveCount(1);
    await expectMarked(page);
    await expect.poll(() => values(page)).toEqual(await stored(page));
    await grace.context().close();
    expect(complaints).toEqual([]);
  });

  test("what is added offline is there as soon as the page is online again, and the field is free meanwhile", async ({ page, context }) => {
    await openLive(page);
    await expectLive(page);
    const [value, more] = [unique(), unique()];
    await context.setOffline(true);
    await add(page, value);
    await expect(page.getByText("Still trying")).toBeVisible();
    await expect(row(page, value)).toContainText("adding…");
    await expect(page.getByLabel("Number", { exact: true })).toHaveValue("");
    await context.setOffline(false);
    await expectLive(page);
    await expect(row(page, value).getByRole("button")).toBeVisible();
    await expect(page.getByText("Still trying")).toHaveCount(0);
    await add(page, more);
    await expect(row(page, more).getByRole("button")).toBeVisible();
    await expect(page.getByRole("alert")).toHaveCount(0);
    await expect.poll(() => values(page)).toEqual(await stored(page));
  });

  test("a page that comes back from the history is live again", async ({ page }) => {
    await openLive(page);
    await expectLive(page);
    await page.goto("/account");
    await page.goBack();
    await expectLive(page);
    const value = unique();
    await add(page, value);
    await expect(row(page, value).getByRole("button")).toBeVisible();
  });
});

test.describe("a stream in trouble", () => {
  test("a page that is told that the server is behind says so, and is live again", async ({ page }) => {
    let stream: WebSocketRoute | undefined;
    await openThrough(page, (message, through) => {
      stream = through;
      through.send(message);
    });
    await expectLive(page);
    const value = unique();
    await add(page, value);
    await expect(row(page, value).getByRole("button")).toBeVisible();
    stream!.send("behind true");
    await expect(connection(page)).toHaveText("Reconnecting");
    await expect(row(page, value)).toHaveCount(1);
    stream!.send("behind false");
    await expectLive(page);
  });

  test("an answer that can't be read is asked for again", async ({ page, browser }) => {
    const value = unique();
    let isOdd = true;
    let stream: WebSocketRoute | undefined;
    await openThrough(page, (message, through) => {
      stream = through;
      const isAnswer = message.includes(`"value":${value}`);
      through.send(isAnswer && isOdd ? message.replace(/\n\[\{.*$/, '\n"odd"') : message);
    });
    await expectLive(page);
    const grace = await elsewhere(browser, complaints);
    await expectLive(grace);
    await add(grace, value);
    await expect(connection(page)).toHaveText("Reconnecting");
    await expect(row(page, value)).toHaveCount(0);

    isOdd = false;
    await stream!.close({ code: 1012 });
    await expect(row(page, value)).toContainText("Grace Hopper");
    await expectLive(page);
    await grace.context().close();
    expect(complaints).toEqual([]);
  });

  test("a number is stored though the stream does not say so", async ({ page }) => {
    const value = unique();
    await openThrough(page, (message, through) => {
      if (!message.includes(`"value":${value}`)) through.send(message);
    });
    await expectLive(page);
    await add(page, value);
    await expect(row(page, value)).not.toContainText("adding…");
    await remove(page, value);
    await expect(page.getByText(`You removed ${shown(value)}.`)).toBeVisible();
    await expect(row(page, value)).toHaveCount(0);
  });
});

test("who becomes an administrator while the page is open may remove any number", async ({ page, browser }) => {
  const value = unique();
  await openLive(page);
  await add(page, value);
  await expect(row(page, value).getByRole("button")).toBeVisible();
  const grace = await elsewhere(browser, complaints);
  await expectLive(grace);
  await expect(row(grace, value).getByRole("button")).toHaveCount(0);
  await setRoles("grace@example.com", "Acme", "admin");
  await expect(row(grace, value).getByRole("button")).toBeVisible();
  await setRoles("grace@example.com", "Acme", "member");
  // A page that was just loaded anew waits with the next time.
  await expect(row(grace, value).getByRole("button")).toHaveCount(0, { timeout: 20_000 });
  await grace.context().close();
  expect(complaints).toEqual([]);
});

test("a developer's machine without a network is live all the same", async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "onLine", { get: () => false }));
  await openLive(page);
  await expectLive(page);
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  const value = unique();
  await add(page, value);
  await expect(row(page, value).getByRole("button")).toBeVisible();
  await expectLive(page);
});

test.describe("sessions", () => {
  test.use({ tolerated: /WebSocket connection to|status of 401/ });

  test("signing out in one tab ends the stream of the others", async ({ page, context }) => {
    await openLive(page);
    const other = await context.newPage();
    const closed = new Promise<void>((resolve) => {
      other.on("websocket", (socket) => socket.on("close", () => resolve()));
    });
    await other.goto("/live");
    await expectLive(other);
    await signOut(page);
    await expect(dialog(other)).toBeVisible();
    await closed;
    await dialog(other).getByRole("link", { name: "Sign in again" }).click();
    await enterPassword(other);
    await expectLive(other);
    await expectSignedIn(page);
  });

  test("a page that has just added a number is covered as soon as any other", async ({ page, context }) => {
    await openLive(page);
    await expectLive(page);
    const other = await context.newPage();
    await other.goto("/");
    const value = unique();
    await add(page, value);
    await expect(row(page, value).getByRole("button")).toBeVisible();
    await signOut(other);
    // Forms that lead somewhere have ten seconds for it, and this one does not.
    await expect(dialog(page)).toBeVisible({ timeout: 5_000 });
  });

  test("a session that was revoked is told to a page that nobody touches", async ({ page }) => {
    await openLive(page);
    await expectLive(page);
    const said = await page.request.get("/auth/session", { headers: { accept: "application/json" } });
    const { session_id } = (await said.json()).SignedIn;
    const ended = await page.request.post(`${EMULATOR}/_emulator/sessions/end`, { data: { session_id } });
    expect(await ended.json()).toEqual({ ended: 1 });
    await expect(dialog(page)).toBeVisible();
  });

  test("a stream goes through renewals of the session without a word", async ({ page }) => {
    test.setTimeout(60_000);
    // Renewed before it has so many seconds left, the stream with it.
    await setLifetimes(page, { access_token: 8 });
    let streams = 0;
    page.on("websocket", () => streams++);
    await openLive(page);
    await expectLive(page);
    await mark(page);
    await connection(page).evaluate((state) => {
      const words: (string | null)[] = [];
      Object.assign(window, { words });
      new MutationObserver(() => words.push(state.textContent)).observe(state, { characterData: true, childList: true, subtree: true });
    });
    await expect.poll(() => streams, { timeout: 25_000 }).toBeGreaterThan(2);
    const value = unique();
    await add(page, value);
    await expect(row(page, value).getByRole("button")).toBeVisible();
    await expectMarked(page);
    expect(await page.evaluate(() => (window as unknown as { words: string[] }).words)).toEqual([]);
  });
});

test.describe("another deployment", () => {
  const app = local(3184);
  test.use({ baseURL: app, tolerated: NETWORK });
  let server: Program | undefined;
  let folder: string;

  async function start() {
    server = await startServer(app, { DATA_DIR: folder, EMULATOR_ADDR: `127.0.0.1:${port(3185)}` });
  }
  test.beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "authkit-leptos-"));
    await start();
  });
  test.afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    test(`a page catches up after a restart with ${signal}, and is never made anew`, async ({ page, context }) => {
      test.setTimeout(90_000);
      await openLive(page);
      await expectLive(page);
      const [before, after] = [unique(), unique()];
      await add(page, before);
      await expect(row(page, before).getByRole("button")).toBeVisible();
      await mark(page);

      await server?.stop(signal);
      await expect(connection(page)).toHaveText("Reconnecting");
      await start();
      // Written while the page is still waiting, perhaps.
      const answer = await context.request.post("/api/add_number", {
        headers: { accept: "application/json", origin: app },
        form: { value: String(after) },
      });
      expect(answer.ok(), await answer.text()).toBe(true);
      await expect(row(page, after)).toHaveCount(1, { timeout: 45_000 });
      await expectLive(page, 45_000);
      await expectMarked(page);
      expect(await values(page)).toEqual(await stored(page));
    });
  }
});

test.describe("anything at all", () => {
  // What somebody else has removed a moment ago can't be removed again.
  test.use({ tolerated: new RegExp(`${NETWORK.source}|status of 404`) });

  test("three pages end with what the database has", async ({ page, context, browser }) => {
    test.setTimeout(180_000);
    const random = randomFrom(newSeed());
    const pick = <T>(all: T[]) => all[Math.floor(random() * all.length)];
    await openLive(page);
    const second = await context.newPage();
    await second.goto("/live");
    const others: string[] = [];
    const grace = await elsewhere(browser, others);
    const pages = [page, second, grace];
    for (const one of pages) await expectLive(one);
    for (const one of pages) await mark(one);

    for (let step = 0; step < 60; step++) {
      const one = pick(pages);
      const choice = random();
      if (choice < 0.6) {
        await add(one, Math.floor((random() - 0.5) * 2_000_000));
      } else if (choice < 0.95) {
        // Whatever can be removed there now; it may be gone when the button is pressed.
        const at = Math.floor(random() * 20);
        await one.evaluate((at) => {
          const buttons = document.querySelectorAll<HTMLButtonElement>("ol.numbers button");
          buttons[at % Math.max(buttons.length, 1)]?.click();
        }, at);
      } else {
        const offline = pick([context, grace.context()]);
        await offline.setOffline(true);
        await add(pick([page, grace]), Math.floor(random() * 1_000));
        await offline.setOffline(false);
      }
    }
    for (const one of pages) {
      await expectLive(one, 40_000);
      await expect(list(one).getByText("adding…")).toHaveCount(0);
    }
    for (const one of pages) {
      await expect(async () => expect(await values(one)).toEqual(await stored(one))).toPass({ timeout: 10_000 });
      await expectMarked(one);
    }
    await grace.context().close();
    expect(others.filter((text) => !NETWORK.test(text) && !/status of 404/.test(text))).toEqual([]);
  });
});

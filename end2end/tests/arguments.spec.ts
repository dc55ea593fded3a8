// Queries whose arguments change: the example of notes, with its pages, its search, and a list that grows.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Cookie, Page, WebSocketRoute } from "@playwright/test";
import { ADA, enterPassword, expect, test } from "./fixtures.ts";
import { Program } from "./program.ts";
import { local, serverBinary } from "./server.ts";

const APP = local(3196);
const AUTHKIT = local(3197);
const FOLDER = join(import.meta.dirname, "../../crates/authkit-live/examples/notes");
/** cargo-leptos builds it in the folder of debug builds. */
const PROGRAM = join(dirname(dirname(serverBinary())), "debug/notes");

test.use({ baseURL: APP });

let example: Program;
let folder: string;

/** Of somebody who is signed in. */
let cookies: Cookie[];

test.beforeAll(async ({ browser }) => {
  expect(existsSync(PROGRAM), `${PROGRAM} is there: cargo leptos build, in ${FOLDER}`).toBe(true);
  folder = await mkdtemp(join(tmpdir(), "authkit-notes-"));
  const env = {
    PATH: process.env.PATH,
    LEPTOS_SITE_ADDR: `127.0.0.1:${new URL(APP).port}`,
    LEPTOS_SITE_ROOT: join(FOLDER, "target/site"),
    EMULATOR_ADDR: `127.0.0.1:${new URL(AUTHKIT).port}`,
  };
  example = new Program(PROGRAM, [], env, process.stderr, folder);
  await example.answers(() => fetch(APP).then((answer) => answer.status === 401));
  const page = await browser.newPage({ baseURL: APP });
  await page.goto("/");
  await link(page, "Sign in").click();
  await enterPassword(page, ADA.email);
  await expect(page.getByRole("heading", { name: "Notes" })).toBeVisible();
  cookies = await page.context().cookies();
  await page.close();
});

test.beforeEach(async ({ page, context }) => {
  await context.addCookies(cookies);
  await page.goto("/");
});

test.afterAll(async () => {
  await example?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const rows = (page: Page) => page.getByRole("list", { name: "Notes" }).getByRole("listitem");
const link = (page: Page, name: string) => page.getByRole("link", { name, exact: true });
const searched = (page: Page) => page.getByRole("searchbox", { name: "Search" });
const count = (page: Page) => page.getByRole("status");
const busy = (page: Page) => page.getByRole("list", { name: "Notes" }).and(page.locator('[aria-busy="true"]'));

/** A word that no other test has in its notes. */
const unique = () => `w${Math.random().toString(36).slice(2, 10)}`;

async function add(page: Page, text: string) {
  const added = await page.request.post("/add", { form: { text } });
  expect(added.ok(), await added.text()).toBe(true);
}

/** Notes with a word in them, the last on top: their texts in that order. */
async function addAll(page: Page, word: string, many: number) {
  const texts = Array.from({ length: many }, (_, nth) => `${word} ${nth + 1}.`);
  for (const text of texts) await add(page, text);
  return texts.reverse();
}

/** What goes over the stream of a page: what it says is kept, and what it is told can be held back, or made up. */
class Between {
  readonly said: string[] = [];
  #route?: WebSocketRoute;
  #held: string[] = [];
  holds = (_message: string) => false;

  static async of(page: Page) {
    const between = new Between();
    await page.routeWebSocket(/\/live\/stream$/, (route) => {
      between.#route = route;
      const server = route.connectToServer();
      route.onMessage((message) => {
        between.said.push(String(message));
        server.send(message);
      });
      server.onMessage((message) => {
        if (between.holds(String(message))) between.#held.push(String(message));
        else route.send(message);
      });
    });
    return between;
  }

  /** The messages held back so far come through, and the next as well. */
  release() {
    this.holds = () => false;
    for (const message of this.#held.splice(0)) this.tell(message);
  }

  tell(message: string) {
    this.#route?.send(message);
  }

  /** The connection is lost, and what was held back with it. */
  async breaks() {
    this.holds = () => false;
    this.#held.length = 0;
    this.said.length = 0;
    await this.#route?.close({ code: 4000 });
  }

  get held() {
    return this.#held.length;
  }

  /** The queries that the page follows, by what it has said. */
  get followed() {
    const keys = new Set<string>();
    for (const text of this.said) {
      const { follow, leave } = JSON.parse(text) as { follow?: { key: string }; leave?: { key: string } };
      if (follow) keys.add(follow.key);
      if (leave) keys.delete(leave.key);
    }
    return [...keys].sort();
  }

  follows(word: string) {
    return this.said.filter((text) => text.includes('"follow"') && text.includes(word)).length;
  }
}

const keys = (search: string, before: string | null = null) => [
  `count_notes ${JSON.stringify({ search })}`,
  `list_notes ${JSON.stringify({ search, before })}`,
];

test("pages, a search and a growing list work the same with scripts and without", async ({ page }) => {
  const word = unique();
  const texts = await addAll(page, word, 25);

  await searched(page).fill(word);
  await searched(page).press("Enter");
  await expect(page).toHaveURL(`${APP}/?search=${word}`);
  await expect(count(page)).toHaveText("25 notes");
  await expect(rows(page)).toHaveText(texts.slice(0, 10));

  await link(page, "Older").click();
  await expect(rows(page)).toHaveText(texts.slice(10, 20));
  const second = page.url();
  expect(new URL(second).searchParams.get("before")).toMatch(/^[0-9A-Z]{26}$/);
  await link(page, "Older").click();
  await expect(rows(page)).toHaveText(texts.slice(20));
  await expect(link(page, "Older")).toHaveCount(0);
  await expect(searched(page)).toHaveValue(word);

  await page.goBack();
  await expect(page).toHaveURL(second);
  await expect(rows(page)).toHaveText(texts.slice(10, 20));
  await page.reload();
  await expect(rows(page)).toHaveText(texts.slice(10, 20));
  await expect(count(page)).toHaveText("25 notes");
  await link(page, "Newest").click();
  await expect(page).toHaveURL(`${APP}/?search=${word}`);
  await expect(rows(page)).toHaveText(texts.slice(0, 10));

  await page.goto("/all");
  await expect(rows(page)).toHaveCount(10);
  await link(page, "More").click();
  await expect(page).toHaveURL(`${APP}/all?count=20`);
  await expect(rows(page)).toHaveText(texts.slice(0, 20));
  await page.goBack();
  await expect(page).toHaveURL(`${APP}/all`);
  await expect(rows(page)).toHaveText(texts.slice(0, 10));
});

test("an address that makes no sense is told, and the rest of it counts", async ({ page }) => {
  const word = unique();
  await add(page, word);
  await page.goto(`/?before=yesterday&search=${word}&other=1`);
  await expect(page.getByRole("alert")).toHaveText("Left out of the address: before");
  await expect(rows(page)).toHaveText([word]);
  await page.goto("/all?count=1001");
  await expect(page.getByRole("alert")).toHaveText("Left out of the address: count");
});

test.describe("with scripts", () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false);

  test("a page that went on without being loaded stays live, and loaded again it is the same", async ({ page }) => {
    const [word, other] = [unique(), unique()];
    const texts = await addAll(page, word, 12);
    const between = await Between.of(page);
    await page.goto("/?utm=1");
    await expect.poll(() => between.followed).toEqual(keys(""));
    await page.evaluate(() => Object.assign(window, { here: true }));

    await searched(page).fill(word);
    await expect(rows(page)).toHaveText(texts.slice(0, 10));
    await expect.poll(() => between.followed, "the old questions are left").toEqual(keys(word));
    await expect(page, "what is not its own stays").toHaveURL(`${APP}/?utm=1&search=${word}`);
    await add(page, `${word} new`);
    await add(page, other);
    await expect(rows(page)).toHaveText([`${word} new`, ...texts.slice(0, 9)]);
    await expect(count(page)).toHaveText("13 notes");

    await link(page, "Older").click();
    await expect(rows(page)).toHaveText(texts.slice(9));
    await add(page, `${word} newer`);
    await expect(count(page)).toHaveText("14 notes");
    await expect(rows(page), "older than the last of the first page still").toHaveText(texts.slice(9));
    await page.goBack();
    await expect(rows(page)).toHaveText([`${word} newer`, `${word} new`, ...texts.slice(0, 8)]);
    await expect(page).toHaveURL(`${APP}/?utm=1&search=${word}`);
    await page.goForward();
    await expect(rows(page)).toHaveText(texts.slice(9));
    expect(await page.evaluate(() => "here" in window), "never loaded anew").toBe(true);

    await page.reload();
    await expect(rows(page)).toHaveText(texts.slice(9));
    await expect(searched(page)).toHaveValue(word);
  });

  test("going back from what was typed leads to the page before, not to each letter", async ({ page }) => {
    const word = unique();
    await addAll(page, word, 11);
    await page.goto("/all");
    const between = await Between.of(page);
    await page.goto("/");
    // Alive before the first letter is typed.
    await expect.poll(() => between.followed).toEqual(keys(""));
    await searched(page).pressSequentially(word, { delay: 30 });
    await expect(page).toHaveURL(`${APP}/?search=${word}`);
    await expect(count(page)).toHaveText("11 notes");
    await searched(page).fill(`${word} 1`);
    // Before the address has followed what was typed.
    await expect(count(page)).toHaveText("3 notes");
    await searched(page).fill(word);
    await expect(count(page)).toHaveText("11 notes");
    await link(page, "Older").click();
    await expect(page).toHaveURL(/before=/);
    await page.goBack();
    await expect(page).toHaveURL(`${APP}/?search=${word}`);
    await expect(searched(page)).toHaveValue(word);
    await page.goBack();
    await expect(page).toHaveURL(`${APP}/all`);
  });

  test("what is typed before the page is alive counts", async ({ page }) => {
    const word = unique();
    const texts = await addAll(page, word, 2);
    let come = () => {};
    const typed = new Promise<void>((resolve) => (come = resolve));
    await page.route(/\/pkg\/.*\.wasm$/, async (route) => {
      await typed;
      await route.continue();
    });
    await page.goto("/?search=nothing&before=00000000000000000000000000", { waitUntil: "commit" });
    await searched(page).fill(word);
    come();
    await expect(page).toHaveURL(`${APP}/?search=${word}`);
    await expect(rows(page)).toHaveText(texts);
    await expect(searched(page)).toHaveValue(word);
  });

  test("a link opens in another tab as any link does", async ({ page, context }) => {
    const word = unique();
    const texts = await addAll(page, word, 11);
    await page.goto(`/?search=${word}`);
    const opened = context.waitForEvent("page");
    await link(page, "Older").click({ modifiers: ["ControlOrMeta"] });
    const other = await opened;
    await expect(rows(other)).toHaveText(texts.slice(10));
    await expect(rows(page)).toHaveText(texts.slice(0, 10));
  });

  test("the last answer stays, and stays live, until the next is there", async ({ page }) => {
    const [word, other] = [unique(), unique()];
    await addAll(page, word, 2);
    await add(page, other);
    const between = await Between.of(page);
    await page.goto(`/?search=${word}`);
    await expect.poll(() => between.followed).toEqual(keys(word));
    await expect(busy(page)).toHaveCount(0);

    between.holds = (message) => message.includes(other) && message.startsWith("answer list_notes");
    await searched(page).fill(other);
    await expect.poll(() => between.held).toBe(1);
    await expect(busy(page)).toHaveCount(1);
    await expect(rows(page)).toHaveText([`${word} 2.`, `${word} 1.`]);
    await add(page, `${word} 3.`);
    await expect(rows(page)).toHaveText([`${word} 3.`, `${word} 2.`, `${word} 1.`]);
    between.release();
    await expect(rows(page)).toHaveText([other]);
    await expect(busy(page)).toHaveCount(0);
    await expect.poll(() => between.followed).toEqual(keys(other));
  });

  test("an answer that comes late never replaces that to a newer question", async ({ page }) => {
    const [word, slow, fast] = [unique(), unique(), unique()];
      for (const text of [word, slow, fast]) await add(page, text);
    const between = await Between.of(page);
    await page.goto(`/?search=${word}`);
    await expect.poll(() => between.followed).toEqual(keys(word));
    between.holds = (message) => message.includes(`"search":"${slow}"`);
    await searched(page).fill(slow);
    await expect.poll(() => between.held).toBe(2);
    await searched(page).fill(fast);
    await expect(rows(page)).toHaveText([fast]);
    between.release();
    // Answers come in order: after this one the late ones have been heard.
    await add(page, `${fast} again`);
    await expect(rows(page)).toHaveText([`${fast} again`, fast]);
    await expect(count(page)).toHaveText("2 notes");
    expect(between.followed).toEqual(keys(fast));
  });

  test("what is typed without a rest is asked once it has settled", async ({ page }) => {
    const word = unique();
    await add(page, word);
    const between = await Between.of(page);
    await page.goto("/");
    await expect.poll(() => between.followed).toEqual(keys(""));
    // Faster than anybody types.
    const start = Date.now();
    await searched(page).evaluate(async (field: HTMLInputElement, word) => {
      for (let nth = 100; nth >= 0; nth -= 1) {
        field.value = nth ? `${word}${nth}` : word;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        await new Promise((next) => setTimeout(next, 10));
      }
    }, word);
    await expect(rows(page)).toHaveText([word]);
    await expect(count(page)).toHaveText("1 notes");
    await expect(page).toHaveURL(`${APP}/?search=${word}`);
    // A list and a count each time, and at once after a rest.
    const most = 2 * (2 + (Date.now() - start) / 200);
    expect(between.follows(word), "at most five times a second").toBeLessThanOrEqual(most);
    expect(most, "fewer than what is typed").toBeLessThan(100);
    expect(between.followed).toEqual(keys(word));
  });

  test("a question that is refused is told, what is shown stays live, and the next is asked", async ({ page }) => {
    const [word, other] = [unique(), unique()];
    await add(page, word);
    await add(page, other);
    const between = await Between.of(page);
    await page.goto(`/?search=${word}`);
    await expect.poll(() => between.followed).toEqual(keys(word));
    const [, key] = keys("nothing");
    between.holds = (message) => message.includes(String(key));
    await searched(page).fill("nothing");
    await expect.poll(() => between.held).toBe(1);
    between.tell(`refused ${key}\narguments`);
    await expect(page.getByText("The server does not answer that.")).toBeVisible();
    await expect(busy(page)).toHaveCount(0);
    await expect(rows(page)).toHaveText([word]);
    await add(page, `${word} again`);
    await expect(rows(page)).toHaveText([`${word} again`, word]);

    await searched(page).fill(other);
    await expect(rows(page)).toHaveText([other]);
    await expect(page.getByText("The server does not answer that.")).toHaveCount(0);
    await expect.poll(() => between.followed).toEqual(keys(other));
  });

  test("of a thousand rows, the one that is new is made, and no other is touched", async ({ page }) => {
    test.setTimeout(120_000);
    const word = unique();
    await page.goto("about:blank");
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    // Without a trace of each, and without the page that each leads to.
    const body = () => new URLSearchParams({ text: word });
    const note = () => fetch(`${APP}/add`, { method: "POST", body: body(), headers: { cookie, origin: APP }, redirect: "manual" });
    for (let nth = 0; nth < 1000; nth += 20) {
      for (const added of await Promise.all(Array.from({ length: 20 }, note))) expect(added.status).toBe(303);
    }
    const between = await Between.of(page);
    await page.goto("/all?count=1000");
    await expect(rows(page)).toHaveCount(1000);
    await expect.poll(() => between.followed).toHaveLength(1);
    await page.getByRole("list", { name: "Notes" }).evaluate((list) => {
      const changes: string[] = [];
      Object.assign(window, { changes });
      const rows = (nodes: NodeList) => [...nodes].filter((it) => it.nodeName === "LI").map((it) => it.textContent);
      new MutationObserver((records) => {
        for (const { addedNodes, removedNodes, target } of records) {
          changes.push(...rows(addedNodes).map((text) => `+ ${text}`), ...rows(removedNodes).map((text) => `- ${text}`));
          if (target !== list) changes.push(`in ${target.textContent}`);
        }
      }).observe(list, { childList: true, subtree: true, characterData: true, attributes: true });
    });
    await add(page, `${word} new`);
    await expect(rows(page).first()).toHaveText(`${word} new`);
    await expect(rows(page)).toHaveCount(1000);
    const changes = await page.evaluate(() => (window as unknown as { changes: string[] }).changes);
    expect(changes.sort()).toEqual([`+ ${word} new`, `- ${word}`]);
  });

  test("a stream that breaks while a question waits goes on with that question", async ({ page }) => {
    const [word, other] = [unique(), unique()];
    await add(page, word);
    await add(page, other);
    const between = await Between.of(page);
    await page.goto(`/?search=${word}`);
    await expect.poll(() => between.followed).toEqual(keys(word));
    between.holds = (message) => message.includes(`"search":"${other}"`);
    await searched(page).fill(other);
    await expect.poll(() => between.held).toBe(2);
    await between.breaks();
    await expect(rows(page)).toHaveText([other]);
    await expect.poll(() => between.followed).toEqual(keys(other));
  });
});

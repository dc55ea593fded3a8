// Numbers added and removed by people whose network loses, doubles and cuts, on servers that are killed: each is there once, and
// no page is ever in doubt.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Page } from "@playwright/test";
import { FAULTS, FaultyProxy } from "./faulty-proxy.ts";
import { ADA, EMULATOR, expect, resetEmulator, setLifetimes, test } from "./fixtures.ts";
import { GRACE, add, elsewhere, expectLive, expectMarked, mark, remove, row, rows, stored, values, shown } from "./live.ts";
import { startServer, type Program } from "./program.ts";
import { newSeed, randomFrom } from "./random.ts";
import { local, port, register } from "./server.ts";

const APP = local(3200);
const SERVERS = [`http://127.0.0.1:${port(3201)}`, `http://127.0.0.1:${port(3202)}`];
const ALAN = "alan@example.com";
/** So often each of three people adds or removes a number: 200 times in all, and one more. */
const EACH = 67;
/** So many numbers each leaves there at most: together fewer than the page shows. */
const LEFT = 6;
/** What the network itself has to say in the browser's console. */
const NETWORK = /Failed to load resource: (net::ERR_|the server responded with a status of 50[23])|WebSocket connection to/;
/** What a page may never say: it knows, or goes on trying. */
const IN_DOUBT = /perhaps|may (not )?have been|might (not )?have|did not confirm|unconfirmed|look at the list|could not be reached/i;
const STILL_TRYING = /still trying/i;

test.use({ baseURL: APP });
test.afterEach(({ page }) => resetEmulator(page));

let proxy: FaultyProxy;
let folder: string;
const running: (Program | undefined)[] = [];
let seed: number;

async function start(at: number) {
  running[at] = await startServer(SERVERS[at], {
    DATA_DIR: folder,
    WORKOS_CLIENT_ID: "client_emulator",
    WORKOS_API_KEY: "sk_test_emulator_not_a_secret",
    WORKOS_API_HOSTNAME: "localhost",
    WORKOS_API_HTTPS: "false",
    WORKOS_API_PORT: new URL(EMULATOR).port,
    WORKOS_REDIRECT_URI: `${APP}/callback`,
    WORKOS_COOKIE_PASSWORD: "hT4vQ0zWm8cYb3NfR6kXs1LdPj7uEg2A",
  });
}

async function kill(at: number) {
  await running[at]?.stop("SIGKILL");
  running[at] = undefined;
}

test.beforeAll(async () => {
  seed = newSeed();
  folder = await mkdtemp(join(tmpdir(), "authkit-leptos-"));
  await start(0);
  await start(1);
  proxy = await FaultyProxy.start(Number(new URL(APP).port), SERVERS, seed);
});

test.afterAll(async () => {
  await proxy?.stop();
  await Promise.all([kill(0), kill(1)]);
  await rm(folder, { recursive: true, force: true });
});

/** Notes, in every state of the page from now on, what it says that it may not, and which number is stored there twice. */
function watch(page: Page) {
  return page.evaluate((inDoubt) => {
    const wrong = new Set<string>();
    Object.assign(window, { wrong });
    const look = () => {
      const doubt = document.body.innerText.match(new RegExp(inDoubt, "i"));
      if (doubt) wrong.add(`says “${doubt[0]}”`);
      for (const { innerText } of document.querySelectorAll<HTMLElement>("[role=alert]")) if (innerText) wrong.add(`says “${innerText}”`);
      // One that is still being added may be among those that are stored: whether it is, the page does not know yet.
      const rows = [...document.querySelectorAll("ol.numbers li:not(.adding) strong")];
      const values = rows.map((value) => value.textContent);
      for (const value of values) if (values.indexOf(value) !== values.lastIndexOf(value)) wrong.add(`shows ${value} twice`);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  }, IN_DOUBT.source);
}

const wrong = (page: Page) => page.evaluate(() => [...(window as unknown as { wrong: Set<string> }).wrong]);

test("three browsers, lost answers, doubled requests, cut connections and killed servers: each number is added and removed once", async ({ browser, page }) => {
  test.setTimeout(600_000);
  await register(APP);
  // No renewal meanwhile: a server that is killed between the answer of AuthKit and its storing has signed somebody out.
  await setLifetimes(page, { access_token: 3_600 });
  const complaints: string[] = [];
  const pages: Page[] = [];
  for (const email of [ADA.email, ALAN, GRACE.email]) pages.push(await elsewhere(browser, complaints, email, APP));
  for (const page of pages) {
    await expectLive(page);
    await mark(page);
    await watch(page);
  }
  const [ada] = pages;

  await test.step("an answer that is missing: the page goes on trying, and says so", async () => {
    proxy.fault = () => "answer lost";
    await add(ada, 1);
    await expect(ada.getByText(STILL_TRYING)).toBeVisible();
    await expect(rows(ada)).toHaveCount(1);
    await expect(ada.getByLabel("Number", { exact: true })).toHaveValue("");
    proxy.fault = () => undefined;
    await expect(row(ada, 1).getByRole("button", { name: "Remove" })).toBeVisible({ timeout: 20_000 });
    await expect(ada.getByText(STILL_TRYING)).toHaveCount(0);
    for (const page of pages) await expect(row(page, 1)).toHaveCount(1);
  });

  const random = randomFrom(seed);
  let expected = [1];
  await test.step("whatever happens", async () => {
    proxy.fault = proxy.atRandom(0.6);
    let done = false;
    const writing = Promise.all(
      pages.map(async (page, at) => {
        const left: number[] = [];
        for (let nth = 1; nth <= EACH; nth++) {
          if (left.length === LEFT || random() < left.length / (2 * LEFT)) {
            const value = left.shift()!;
            // Nobody can remove what is still being added.
            await remove(page, value);
          } else {
            const value = 1_000 * (at + 1) + nth;
            left.push(value);
            await add(page, value);
          }
          await setTimeout(random() * 800);
        }
        return left;
      }),
    ).finally(() => (done = true));
    const trouble = (async () => {
      while (!done) {
        await setTimeout(200 + random() * 600);
        if (random() < 0.4) proxy.cutStreams();
        const which = random() < 0.2 ? [0, 1] : [random() < 0.5 ? 0 : 1];
        await Promise.all(which.map(kill));
        await setTimeout(random() * 300);
        // One after the other, as in a deployment: each looks at the tables first.
        for (const at of which) await start(at);
      }
    })();
    const [left] = await Promise.all([writing, trouble]);
    expected = [...expected, ...left.flat()];
  });

  await test.step("each page ends with what there is", async () => {
    for (const page of pages) {
      // As somebody does who looks at the page again: streams and mutations wait up to half a minute otherwise.
      await page.evaluate(() => window.dispatchEvent(new Event("online")));
      await expect(page.getByText("adding…")).toHaveCount(0, { timeout: 40_000 });
      await expect(page.getByText(STILL_TRYING)).toHaveCount(0);
      await expectLive(page, 40_000);
    }
    // A removal that waits for its turn shows nowhere.
    await expect.poll(async () => (await stored(ada)).sort(), { timeout: 40_000 }).toEqual(expected.map(shown).sort());
    await proxy.settled();
    const there = await stored(ada);
    expect([...there].sort(), "each once, also after what came late").toEqual(expected.map(shown).sort());
    for (const page of pages) {
      expect(await wrong(page), "in no state of the page").toEqual([]);
      await expect.poll(() => values(page)).toEqual(there);
      await expectMarked(page);
    }
  });

  const counts = FAULTS.map((fault) => `${fault} ${proxy.happened.get(fault) ?? 0}`);
  console.log(counts.join(", "));
  expect(proxy.happened.size, "there was something to go wrong").toBeGreaterThan(4);
  for (const page of pages) await page.context().close();
  expect(complaints.filter((text) => !NETWORK.test(text))).toEqual([]);
});

test("who leaves the page while the answer is missing has added the number once or not at all", async ({ browser }) => {
  test.setTimeout(60_000);
  await register(APP);
  const complaints: string[] = [];
  const page = await elsewhere(browser, complaints, ADA.email, APP);
  await expectLive(page);
  for (const [at, fault] of FAULTS.entries()) {
    proxy.fault = () => fault;
    await add(page, 50_000 + at);
    if (at % 2) await setTimeout(100);
    await page.goto("/live");
    proxy.fault = () => undefined;
    await expectLive(page);
  }
  await proxy.settled();
  const left = (await stored(page)).filter((value) => FAULTS.some((_, at) => value === shown(50_000 + at)));
  expect(left.length, `${left}`).toBe(new Set(left).size);
  await expect.poll(async () => (await values(page)).length).toBe((await stored(page)).length);
  await page.context().close();
  expect(complaints.filter((text) => !NETWORK.test(text))).toEqual([]);
});

test("who leaves the page has added what still waited for its turn", async ({ browser }) => {
  await register(APP);
  const complaints: string[] = [];
  const page = await elsewhere(browser, complaints, ADA.email, APP);
  await expectLive(page);
  const [first, second] = [60_001, 60_002];
  // The first is sent again and again, and the second waits for it.
  proxy.fault = () => "answer lost";
  await add(page, first);
  await expect(page.getByText(STILL_TRYING)).toBeVisible();
  await add(page, second);
  await expect(row(page, second)).toContainText("adding…");
  expect(await stored(page)).not.toContain(shown(second));
  await page.goto("/");
  await expect.poll(() => stored(page)).toContain(shown(second));
  proxy.fault = () => undefined;
  await proxy.settled();
  expect((await stored(page)).filter((value) => value === shown(first))).toHaveLength(1);
  await page.context().close();
  expect(complaints.filter((text) => !NETWORK.test(text))).toEqual([]);
});

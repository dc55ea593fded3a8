// Ten steps that have to work in every engine: the smoke test of what the suite beside it holds in Chromium.
import { request } from "node:http";
import { expect, test as base, type TestInfo } from "@playwright/test";
import { ADA, PASSWORD } from "../tests/fixtures.ts";
import { GRACE, shown, unique } from "../tests/live.ts";
import { Browser, NAMES, isInstalled, type Name, type Role, type Tab } from "./engine.ts";
import { APP, BEHIND, Line } from "./server.ts";

type Fixtures = {
  /** The browser, like new. */
  fresh: Browser;
  /** Its only tab. */
  tab: Tab;
  /** The only tab of another browser, which runs no scripts. */
  tabWithoutScripts: Tab;
  line: Line;
};
type Options = {
  /** What a step provokes on purpose. */
  tolerated: RegExp;
};
type WorkerFixtures = { engine: Name; launched: Browser; openLine: Line };

const test = base.extend<Options & Fixtures, WorkerFixtures>({
  tolerated: [/(?!)/, { option: true }],
  engine: ["chromium", { option: true, scope: "worker" }],
  openLine: [
    async ({}, use) => {
      const line = await Line.open();
      await use(line);
      await line.cut();
    },
    { scope: "worker" },
  ],
  launched: [
    async ({ engine, openLine: _ }, use) => {
      const browser = await Browser.launch(engine);
      await use(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  line: async ({ openLine }, use) => {
    await use(openLine);
    openLine.release();
    await openLine.mend();
  },
  fresh: async ({ launched, line: _, tolerated }, use) => {
    await launched.forget();
    await use(launched);
    const complaints = launched.complaints.filter((text) => !tolerated.test(text));
    expect(complaints, "the console has errors").toEqual([]);
  },
  tab: async ({ fresh }, use, info) => {
    await useAndTell(await fresh.tab(), use, info);
  },
  tabWithoutScripts: async ({ engine, openLine: _ }, use, info) => {
    const browser = await Browser.launch(engine, { scripts: false });
    try {
      await useAndTell(await browser.tab(), use, info);
    } finally {
      await browser.close();
    }
  },
});

/** Lends a tab to a test, and says what it showed when the test fails. */
async function useAndTell(tab: Tab, use: (tab: Tab) => Promise<void>, info: TestInfo) {
  await use(tab);
  if (info.status !== info.expectedStatus) console.log(`${await tab.url()} says:\n${await tab.text()}`);
}

/** Waits until it is there, once. */
const see = (tab: Tab, role: Role, name: string) =>
  expect(async () => expect(await tab.count(role, name), `${role} “${name}”`).toBe(1)).toPass();

const seeNone = (tab: Tab, role: Role, name: string) =>
  expect(async () => expect(await tab.count(role, name), `${role} “${name}”`).toBe(0)).toPass();

/** Waits until the page says it. */
const read = (tab: Tab, words: string | RegExp) =>
  expect(async () => expect(await tab.text()).toMatch(words)).toPass();

const readNothing = (tab: Tab, words: string | RegExp) =>
  expect(async () => expect(await tab.text()).not.toMatch(words)).toPass();

const beAt = (tab: Tab, path: string) => expect(async () => expect(await tab.url()).toBe(`${APP}${path}`)).toPass();

async function press(tab: Tab, role: "button" | "link", name: string) {
  await see(tab, role, name);
  await tab.press(role, name);
}

/** At AuthKit, where the tab must be already. */
async function enterPassword(tab: Tab, email = ADA.email) {
  await see(tab, "heading", "Sign in");
  await tab.fill("Email", email);
  await tab.fill("Password", PASSWORD);
  await tab.press("button", "Sign in");
}

async function openLive(tab: Tab, email = ADA.email) {
  await tab.goto("/sign-in?return_to=/live");
  await enterPassword(tab, email);
  await see(tab, "heading", "Live numbers");
}

/** A row of the list: the value, a picture, and who added it. WebKit's text leaves out the initials in the picture. */
const row = (value: number, who: string) => new RegExp(`${shown(value)}\\s*(?:[A-Z]{2}\\s*)?${who}`);

async function add(tab: Tab, value: number) {
  await tab.fill("Number", String(value));
  await tab.press("button", "Add number");
}

test("a new person signs up and is greeted by name", async ({ tab, engine }) => {
  await tab.goto("/");
  await press(tab, "link", "Sign up");
  await see(tab, "heading", "Sign up");
  await tab.fill("Email", `${engine}-${Date.now()}@example.com`);
  await tab.fill("First name (optional)", "Katherine");
  await tab.fill("Last name (optional)", "Johnson");
  await tab.fill("Password", PASSWORD);
  await tab.press("button", "Sign up");
  await see(tab, "heading", "Hello, Katherine");
  await beAt(tab, "/");
});

test("signing in from the home page comes back to it", async ({ tab }) => {
  await tab.goto("/");
  await press(tab, "link", "Sign in to this page");
  await enterPassword(tab);
  await see(tab, "heading", "Hello, Ada");
  await see(tab, "button", "Sign out");
  // The island says so, not the server.
  await read(tab, "this browser");
});

test("the way back keeps its query", async ({ tab }) => {
  await tab.goto("/sign-in?return_to=/account%3Ftab%3Dclaims");
  await enterPassword(tab);
  await beAt(tab, "/account?tab=claims");
  await see(tab, "heading", ADA.name);
});

test("a protected page asks for a sign-in and then shows itself", async ({ tab }) => {
  await tab.goto("/account");
  await enterPassword(tab);
  await beAt(tab, "/account");
  await see(tab, "heading", ADA.name);
  await read(tab, ADA.email);
});

test("a number added in one engine is seen in another at once", async ({ tab, engine }) => {
  // The next one that is there: each meets the others, and itself where it is alone.
  const following = [...NAMES.slice(NAMES.indexOf(engine) + 1), ...NAMES.slice(0, NAMES.indexOf(engine))];
  const other = following.find(isInstalled) ?? engine;
  const witness = await Browser.launch(other);
  try {
    const theirs = await witness.tab();
    await openLive(theirs, GRACE.email);
    await openLive(tab);
    await Promise.all([see(theirs, "status", "Live"), see(tab, "status", "Live")]);
    const [one, two] = [unique(), unique()];
    await add(tab, one);
    await read(theirs, row(one, ADA.name));
    await add(theirs, two);
    await read(tab, row(two, GRACE.name));
    await tab.press("button", `Remove ${shown(one)}`);
    await readNothing(theirs, row(one, ADA.name));
    expect(witness.complaints, `the console of ${other} has errors`).toEqual([]);
  } finally {
    await witness.close();
  }
});

test("a number is shown before the server has it", async ({ tab, line }) => {
  await openLive(tab);
  await see(tab, "status", "Live");
  const value = unique();
  line.hold();
  await add(tab, value);
  await read(tab, row(value, "You\\s*adding…"));
  await seeNone(tab, "button", `Remove ${shown(value)}`);
  line.release();
  await see(tab, "button", `Remove ${shown(value)}`);
  await readNothing(tab, "adding…");
  // WebKit needs to be told.
  await see(tab, "list", "Latest numbers");
});

test.describe("without a network", () => {
  // Firefox and Chromium note each handshake that comes to nothing.
  test.use({ tolerated: /\/live\/stream/ });

  test("a page that was offline catches up", async ({ tab, fresh, line }) => {
    await openLive(tab);
    await see(tab, "status", "Live");
    const value = unique();
    const cookie = await fresh.cookies();

    const hasLostNetwork = await fresh.setOffline(tab, true);
    if (!hasLostNetwork) await line.cut();
    await see(tab, "status", hasLostNetwork ? "Offline" : "Reconnecting");
    expect(await addElsewhere(value, cookie)).toBe(200);
    expect(await tab.text()).not.toContain(shown(value));

    if (hasLostNetwork) await fresh.setOffline(tab, false);
    else await line.mend();
    await see(tab, "status", "Live");
    await see(tab, "button", `Remove ${shown(value)}`);
  });
});

test("Back after signing out shows nothing of what was there", async ({ tab }) => {
  await tab.goto("/account");
  await enterPassword(tab);
  await see(tab, "button", "Copy session id");
  await tab.press("link", "Home");
  await see(tab, "heading", "Hello, Ada");
  await tab.press("button", "Sign out");
  await see(tab, "heading", "You are signed out");
  // WebKit and Chromium may have kept either page as it was.
  await tab.back();
  await see(tab, "heading", "This page doesn’t know you yet");
  await tab.back();
  await see(tab, "heading", "Sign in");
  // AuthKit lists the people there are, so the name alone says nothing.
  expect(await tab.text()).not.toMatch(/session_/);
});

test("signing out in one tab covers the others", async ({ tab, fresh }) => {
  await openLive(tab);
  await see(tab, "status", "Live");
  const other = await fresh.tab();
  await other.goto("/account");
  await see(other, "heading", ADA.name);
  await other.press("button", "Sign out");
  await see(other, "heading", "You are signed out");
  await see(tab, "dialog", "Your session has ended");
  await tab.press("link", "Sign in again");
  await enterPassword(tab);
  await see(tab, "heading", "Live numbers");
});

test("forms work with scripts off", async ({ tabWithoutScripts: tab }) => {
  await openLive(tab);
  await read(tab, /Without JavaScript the list is as it was/);
  const value = unique();
  await add(tab, value);
  await see(tab, "button", `Remove ${shown(value)}`);
  await tab.press("button", `Remove ${shown(value)}`);
  await seeNone(tab, "button", `Remove ${shown(value)}`);
  await seeNone(tab, "status", "Live");
  await tab.press("button", "Sign out");
  await see(tab, "heading", "You are signed out");
});

/** Adds a number past every browser and the line, as the person whose cookies these are. Returns the status. */
function addElsewhere(value: number, cookie: string) {
  return new Promise((resolve, reject) => {
    const headers = {
      host: new URL(APP).host,
      origin: APP,
      cookie,
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
    };
    const sent = request({ ...BEHIND, path: "/api/add_number", method: "POST", headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on("error", reject).end(`value=${value}`);
  });
}

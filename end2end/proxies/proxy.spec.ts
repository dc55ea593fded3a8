// What a proxy in front of the app can do wrong, tried through a real one: script/try-proxies says which. Tests that take
// long are `@slow`; script/test leaves them out.
import { execFile } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import type { BrowserContext, Page, WebSocket } from "@playwright/test";
import { ADA, APP, PASSWORD, enterPassword, expect, expectSignedIn, expectSignedOut, signOut, test } from "../tests/fixtures.ts";
import { add, elsewhere, expectLive, openLive, remove, row, unique } from "../tests/live.ts";
import { serverBinary, tellAuthKit } from "../tests/server.ts";
import { ask, kept, type Heard, type Site } from "./ask.ts";
import { Deployment, proxyName, type Options } from "./deployment.ts";

/** Ports that the deployment at APP_URL does not have. */
const PORT = Number(new URL(APP).port) + 10;
const isQuick = !!process.env.QUICK;
/** The deployment at APP_URL, which all tests share. */
const shared: Site = { url: APP, ca: process.env.PROXY_CA ?? "" };

/** Another deployment, for one test and its page. */
async function deployed(page: Page, options: Omit<Options, "proxy" | "port">, use: (deployment: Deployment) => Promise<void>) {
  const deployment = await Deployment.start({ proxy: proxyName(), port: PORT, ...options });
  try {
    await use(deployment);
    // It would notice the end.
    await page.goto("about:blank");
  } catch (error) {
    console.log(`The proxy says:\n${deployment.log}`);
    throw error;
  } finally {
    await deployment.stop();
  }
}

/** Signs in through the proxy of a deployment. The cookies, as a program sends them. */
async function signedIn(page: Page, context: BrowserContext, deployment: Deployment) {
  await page.goto(`${deployment.url}/sign-in?return_to=/account`);
  await enterPassword(page);
  await expect(page.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible();
  const cookies = await context.cookies(deployment.url);
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
}

/** A form that changes nothing: what it wants to remove is not there. No proxy sends such a request twice. */
function post(deployment: Deployment, cookie: string, agent = kept()): Promise<Heard> {
  const body = "id=01J00000000000000000000000";
  return ask(deployment, "/api/remove_number", {
    method: "POST",
    agent,
    body,
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "content-length": body.length,
      cookie,
      origin: deployment.url,
    },
  });
}

/** How often each status came; 0 is no answer. */
type Counts = Record<number, number>;

function count(counts: Counts, statuses: number[]) {
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
}

/** So many requests at once, and again after each of these gaps, in milliseconds. Each needs a connection of its own, and
 * finds one that has been idle since the time before. */
async function afterIdleGaps(deployment: Deployment, cookie: string, atOnce: number, gaps: number[]) {
  const agent = kept();
  const counts: Counts = {};
  for (const gap of [0, ...gaps]) {
    await setTimeout(gap);
    const asked = Array.from({ length: atOnce }, () => post(deployment, cookie, agent).then(({ status }) => status, () => 0));
    count(counts, await Promise.all(asked));
  }
  agent.destroy();
  return counts;
}

/** From one number to the other, in steps. */
const sweep = (from: number, to: number, steps: number) =>
  Array.from({ length: steps }, (_, step) => from + ((to - from) * step) / Math.max(1, steps - 1));

test("someone signs in, and out again", async ({ page }) => {
  await page.goto("/account");
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/account`);
  await expect(page.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible();
  await signOut(page);
  await expectSignedOut(page);
});

test("a number arrives on a socket, by itself", async ({ page, browser }) => {
  const sockets: WebSocket[] = [];
  page.on("websocket", (socket) => sockets.push(socket));
  await openLive(page);
  await expectLive(page);
  expect(sockets.map((socket) => socket.url())).toEqual([`${APP.replace("https", "wss")}/live/stream`]);
  const complaints: string[] = [];
  const grace = await elsewhere(browser, complaints);
  const value = unique();
  await add(grace, value);
  await expect(row(page, value)).toContainText("Grace Hopper");
  await remove(grace, value);
  await expect(row(page, value)).toHaveCount(0);
  await grace.context().close();
  expect(complaints).toEqual([]);
});

test("someone with a long session signs in and posts", async ({ page, context, newEmail }) => {
  // Of a profile a session carries the beginning; what is long is the token of an environment with a JWT template.
  await tellAuthKit("/users", { email: newEmail, first_name: "Augusta", last_name: "King", password: PASSWORD });
  await tellAuthKit("/token_template", { note: random(3_000) });
  try {
    await page.goto("/sign-in?return_to=/live");
    await enterPassword(page, newEmail);
    await expect(page.getByRole("heading", { name: "Live numbers" })).toBeVisible();
  } finally {
    await tellAuthKit("/token_template", {});
  }
  await expectSignedIn(page);
  const cookies = await context.cookies();
  const sent = cookies.reduce((sum, { name, value }) => sum + name.length + value.length + 3, 0);
  expect(sent, "more than a proxy's usual buffer for an answer's headers").toBeGreaterThan(4_096);
  const value = unique();
  await add(page, value);
  await expect(row(page, value)).toHaveCount(1);
  await remove(page, value);
  await expect(row(page, value)).toHaveCount(0);
});

test("the doctor finds nothing to complain about", async () => {
  const args = ["doctor", "--json", "--url", shared.url, "--ca-file", shared.ca];
  // Fails with the exit status of a failure.
  const { stdout } = await promisify(execFile)(serverBinary(), args);
  const checks: { check: string; outcome: string }[] = stdout.trim().split("\n").map((line) => JSON.parse(line));
  expect(checks.filter(({ outcome }) => outcome === "bad" || outcome === "warning")).toEqual([]);
  expect(checks).toContainEqual(expect.objectContaining({ check: "app_socket", outcome: "good" }));
});

test("requests are counted by the client's address, whatever the client says it is", async () => {
  test.skip(process.platform === "darwin", "it has one loopback address");
  const agent = kept();
  const signIn = (localAddress: string, claimed: string) =>
    ask(shared, "/sign-in", {
      agent,
      localAddress,
      headers: { "x-forwarded-for": claimed, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    }).then(({ status }) => status);
  // Both processes together let one address ask 600 times at once, and 60 times a second after that.
  const counts: Counts = {};
  await expect(async () => {
    const asked = Array.from({ length: 250 }, (_, index) => signIn("127.0.0.5", `203.0.113.${index}`));
    count(counts, await Promise.all(asked));
    expect(Object.keys(counts).sort(), JSON.stringify(counts)).toEqual(["302", "429"]);
  }).toPass({ intervals: [0] });
  expect(await signIn("127.0.0.6", "127.0.0.5")).toBe(302);
  agent.destroy();
});

test("no request fails while one process after the other restarts, and open pages go on", { tag: "@slow" }, async ({ page, context }) => {
  test.setTimeout(240_000);
  await deployed(page, { drain: 3 }, async (deployment) => {
    const cookie = await signedIn(page, context, deployment);
    await page.goto(`${deployment.url}/live`);
    await expectLive(page);
    let restarting = true;
    const counts: Counts = {};
    const agent = kept();
    const visitors = Array.from({ length: 8 }, async () => {
      while (restarting) {
        const answers = [ask(deployment, "/live", { agent, headers: { cookie } }), post(deployment, cookie, agent)];
        count(counts, await Promise.all(answers.map((answer) => answer.then(({ status }) => status, () => 0))));
      }
    });
    for (let times = 0; times < 5; times++) {
      await deployment.restart(0);
      await deployment.restart(1);
    }
    restarting = false;
    await Promise.all(visitors);
    agent.destroy();
    expect(Object.keys(counts).map(Number).sort(), JSON.stringify(counts)).toEqual([200, GONE]);
    // Both processes have ended under it.
    await expectLive(page);
    const value = unique();
    await add(page, value);
    await expect(row(page, value)).toContainText("You");
    await page.reload();
    await remove(page, value);
    await expect(row(page, value)).toHaveCount(0);
  });
});

// The app closes idle connections after 3 s, the proxy after 2: never while a request is on its way.
const REQUESTS = isQuick ? 400 : 10_000;
test(`${REQUESTS} requests on connections that have been idle, and no 502`, async ({ page, context }) => {
  test.setTimeout(600_000);
  await deployed(page, { appIdle: 3, proxyIdle: 2, distance: 50 }, async (deployment) => {
    const cookie = await signedIn(page, context, deployment);
    const gaps = [...sweep(1_000, 2_200, isQuick ? 3 : 38), 3_200];
    const counts = await afterIdleGaps(deployment, cookie, REQUESTS / (gaps.length + 1), gaps);
    expect(counts).toEqual({ [GONE]: REQUESTS });
    expect(deployment.connections, "most requests find a connection that is open").toBeLessThan(REQUESTS * 0.7);
  });
});

// The evidence that the test before can fail.
test("there are 502s where the app closes idle connections first", { tag: "@slow" }, async ({ page, context }) => {
  test.setTimeout(120_000);
  await deployed(page, { appIdle: 2, proxyIdle: 6, distance: 50 }, async (deployment) => {
    const cookie = await signedIn(page, context, deployment);
    const counts = await afterIdleGaps(deployment, cookie, 50, sweep(1_875, 1_975, 3));
    expect(counts[502] ?? 0, JSON.stringify(counts)).toBeGreaterThan(0);
  });
});

test("a connection and a socket that have been idle for a minute go on", { tag: "@slow" }, async ({ page, browser }) => {
  test.setTimeout(180_000);
  const sockets: WebSocket[] = [];
  page.on("websocket", (socket) => sockets.push(socket));
  await openLive(page);
  await expectLive(page);
  const agent = kept();
  expect(await ask(shared, "/healthz", { agent })).toMatchObject({ status: 200, reused: false });
  // Longer than the proxy keeps a connection to the app, and than it waits for one that says nothing.
  await setTimeout(65_000);
  expect(await ask(shared, "/healthz", { agent })).toMatchObject({ status: 200, reused: true });
  agent.destroy();
  await expectLive(page);
  const complaints: string[] = [];
  const grace = await elsewhere(browser, complaints);
  const value = unique();
  await add(grace, value);
  await expect(row(page, value)).toHaveCount(1);
  await remove(grace, value);
  await expect(row(page, value)).toHaveCount(0);
  expect(sockets.length, "it is the first socket still").toBe(1);
  await grace.context().close();
  expect(complaints).toEqual([]);
});

/** Letters that no compression makes fewer. */
function random(length: number) {
  return Array.from({ length }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26))).join("");
}

/** What the app answers to a form that would remove a number that is gone. */
const GONE = 404;

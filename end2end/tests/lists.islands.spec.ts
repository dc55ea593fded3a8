// A list whose rows the server renders, in a page with scripts: what is about to happen is shown at once, what has happened
// elsewhere comes by itself, and what is in the page already stays the same element.
import { ADA, enterPassword, expect, status, test } from "./fixtures.ts";
import { GRACE, expectLive } from "./live.ts";
import type { Browser, Page, WebSocketRoute } from "@playwright/test";

const list = (page: Page) => page.getByRole("list", { name: "Latest notes" });
const notes = (page: Page) => list(page).getByRole("listitem");
const note = (page: Page, text: string) => notes(page).filter({ has: page.getByText(text, { exact: true }) });
const field = (page: Page) => page.getByLabel("Note", { exact: true });
const remover = (page: Page, text: string) => note(page, text).getByRole("button", { name: "Remove" });
const unique = (text: string) => `${text} ${Date.now()}${Math.floor(Math.random() * 1000)}`;

async function open(page: Page, email = ADA.email) {
  await page.goto("/sign-in?return_to=/notes");
  await enterPassword(page, email);
  await expectLive(page);
}

async function write(page: Page, text: string) {
  await field(page).fill(text);
  await page.getByRole("button", { name: "Write" }).click();
}

async function openElsewhere(browser: Browser, email: string) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await open(page, email);
  return page;
}

/** Requests wait until the test lets them go. */
async function hold(page: Page, path: string) {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route(`**${path}`, async (route) => {
    await held;
    await route.continue();
  });
  return letGo;
}

/** What the server might say of the list: these rows, as ids and what is in them. */
async function speakAsServer(page: Page) {
  let speaker: WebSocketRoute | undefined;
  await page.routeWebSocket("**/live/stream", (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      // The server's own rows would come in between.
      if (!String(message).startsWith("answer ")) socket.send(message);
    });
    speaker = socket;
  });
  let count = 1e15;
  return (rows: [id: string, html: string][]) => {
    count += 1;
    const answer = rows.map(([id, html]) => ({ id, html }));
    speaker?.send(`answer list_notes.html {}\n[["notes",${count}]]\n${JSON.stringify(answer)}`);
  };
}

const forbidden = { status: 403, json: { code: "no", message: "Not today." } };

test("a note is there as soon as it is sent, as what was typed, and can be removed once it is stored", async ({ page }) => {
  await open(page);
  const text = unique(`<img src=x onerror="alert('1')"> & {text} “quoted”`);
  const letGo = await hold(page, "/api/write_note");
  await field(page).fill(text);
  await field(page).press("Tab");
  await page.keyboard.press("Enter");
  await expect(note(page, text)).toHaveClass("adding");
  await expect(note(page, text)).toContainText(ADA.name);
  await expect(note(page, text).getByRole("button")).toHaveCount(0);
  await expect(field(page)).toHaveValue("");
  letGo();
  await expect(remover(page, text)).toBeVisible();
  await expect(note(page, text)).not.toHaveClass("adding");
  await expect(note(page, text)).toHaveCount(1);
  await expect(page.getByText("Your note is written.")).toBeVisible();
  await page.reload();
  await expect(note(page, text)).toHaveCount(1);
});

test("the forms of rows that came later have keys of their own, should the scripts end before one is sent", async ({ page }) => {
  await open(page);
  const texts = [unique("first"), unique("second")];
  for (const text of texts) {
    await write(page, text);
    await expect(remover(page, text)).toBeVisible();
  }
  const fields = texts.map((text) => note(page, text).locator("form input[name=once]").last());
  const keys = await Promise.all(fields.map((field) => field.inputValue()));
  for (const key of keys) expect(key).toMatch(/^page\.user_\w+\.org_\w+\.[0-9a-f]{32}$/);
  expect(new Set(keys).size).toBe(2);
});

test("a note that is removed is gone at once, and the focus is on the heading", async ({ page }) => {
  await open(page);
  const text = unique("gone");
  await write(page, text);
  const letGo = await hold(page, "/api/remove_note");
  await remover(page, text).click();
  await expect(note(page, text)).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Latest notes" })).toBeFocused();
  letGo();
  await expect(page.getByText("Your note is removed.")).toBeVisible();
  await page.reload();
  await expect(note(page, text)).toHaveCount(0);
});

test.describe("refused", () => {
  test.use({ tolerated: status(403) });

  test("what was shown is taken back, with the reason, and what was typed is in the field again", async ({ page }) => {
    await open(page);
    const [written, text] = [unique("stays"), unique("refused")];
    await write(page, written);
    await expect(remover(page, written)).toBeVisible();
    await page.route("**/api/*_note", (route) => route.fulfill(forbidden));
    await write(page, text);
    await expect(page.getByRole("alert")).toHaveText(`“${text}” was not written. Not today.`);
    await expect(note(page, text)).toHaveCount(0);
    await expect(field(page)).toHaveValue(text);
    await remover(page, written).click();
    await expect(page.getByRole("alert")).toHaveText("Not today.");
    await expect(remover(page, written)).toBeVisible();
  });

  test("a switch in a row is turned at once, as often as it is pressed, and turned back when it is refused", async ({ page }) => {
    const say = await speakAsServer(page);
    await open(page);
    const row = (id: string, done: boolean): [string, string] => [
      id,
      `<form action="/api/tick" data-live='${JSON.stringify({ name: "tick", switches: ["id", "done"] })}'><input type="hidden" name="id" value="${id}">` +
        `<input type="hidden" name="done" value="${!done}"><button aria-pressed="${done}">${id}</button></form>`,
    ];
    say([row("one", false), row("two", false)]);
    const one = list(page).getByRole("button", { name: "one" });
    const sent: (string | null)[] = [];
    let answer = () => {};
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route("**/api/tick", async (route) => {
      sent.push(route.request().postData());
      await held;
      await route.fulfill(sent.length > 2 ? forbidden : { json: { answer: null, written: [] } });
    });
    for (const pressed of ["true", "false"]) {
      await one.click();
      await expect(one).toHaveAttribute("aria-pressed", pressed);
      await expect(one).toBeFocused();
    }
    await expect(list(page).getByRole("button", { name: "two" })).toHaveAttribute("aria-pressed", "false");
    answer();
    await expect.poll(() => sent).toEqual(["id=one&done=true", "id=one&done=false"]);
    say([row("one", false), row("two", false)]);
    await one.click();
    await expect(page.getByRole("alert")).toHaveText("Not today.");
    await expect(one).toHaveAttribute("aria-pressed", "false");
    expect(sent[2]).toBe("id=one&done=true");
  });
});

test("a switch leaves the other forms of its row alone, and is not made anew when the server has it", async ({ page }) => {
  const say = await speakAsServer(page);
  await open(page);
  const form = (name: string, on: boolean) =>
    `<form action="/api/${name}" data-live='${JSON.stringify({ name, switches: ["id", "on"] })}'><input type="hidden" name="id" value="1">` +
    `<input type="hidden" name="on" value="${!on}"><button aria-pressed="${on}">${name}</button></form>`;
  const row = (tick: boolean): [string, string][] => [["1", `<div hidden>${form("pin", false)}</div>${form("tick", tick)}${form("star", false)}`]];
  say(row(false));
  const button = (name: string) => list(page).getByRole("button", { name });
  // Written by what the server says next.
  const done = { json: { answer: null, written: [["notes", 1e15 + 2]] } };
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/api/tick", async (route) => {
    await held;
    await route.fulfill(done);
  });
  await page.route("**/api/star", (route) => route.fulfill(done));
  await button("tick").click();
  await expect(button("tick")).toHaveAttribute("aria-pressed", "true");
  await expect(button("star")).toHaveAttribute("aria-pressed", "false");
  const star = page.waitForRequest("**/api/star");
  await button("star").click();
  await button("tick").evaluate((button) => void Object.assign(button, { mark: true }));
  answer();
  expect((await star).postData()).toBe("id=1&on=true");
  say([["1", `<div hidden>${form("pin", false)}</div>${form("tick", true)}${form("star", true)}`], ["2", "<p>seen</p>"]]);
  await expect(notes(page)).toHaveCount(2);
  await expect(button("tick")).toHaveAttribute("aria-pressed", "true");
  await expect(button("star")).toHaveAttribute("aria-pressed", "true");
  expect(await button("tick").evaluate((button) => "mark" in button), "the same element").toBe(true);
});

test("a note that is stored says so before the stream has it", async ({ page }) => {
  const say = await speakAsServer(page);
  await open(page);
  say([]);
  // In an answer that does not come.
  const done = { json: { answer: "id", written: [["notes", 2e15]] } };
  await page.route("**/api/write_note", (route) => route.fulfill(done));
  const text = unique("stored");
  await write(page, text);
  await expect(page.getByText("Your note is written.")).toBeVisible();
  await expect(note(page, text)).toHaveCount(1);
  await expect(note(page, text)).not.toHaveClass("adding");
});

test("what is sent says whose page it is from", async ({ page }) => {
  await open(page);
  const sent = page.waitForRequest("**/api/write_note");
  await write(page, unique("whose"));
  expect((await sent).headers()["idempotency-key"]).toMatch(/^page\.user_\w+\.org_\w+\.[0-9a-f]{32}$/);
});

test("the same mistake made again is said again", async ({ page }) => {
  await open(page);
  const wrong = "Write at most 280 characters: these are 281.";
  await write(page, "x".repeat(281));
  const alert = page.getByRole("alert");
  await expect(alert).toHaveText(wrong);
  const problem = page.locator("#write_note-text-problem");
  // What a screen reader hears of.
  await problem.evaluate((place) => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => void said.push(place.textContent ?? "")).observe(place, { childList: true, subtree: true, characterData: true });
  });
  await field(page).press("Tab");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => Reflect.get(window, "said"))).toEqual([`${wrong}\u00a0`]);
  await expect(alert).toHaveText(wrong);
  await expect(field(page)).toBeFocused();
});

test("what is wrong with a field is gone with the next note", async ({ page }) => {
  await open(page);
  const asked: string[] = [];
  page.on("request", (request) => void asked.push(request.url()));
  await write(page, "x".repeat(281));
  await expect(page.getByRole("alert")).toHaveText("Write at most 280 characters: these are 281.");
  // The field itself says how long a text may be.
  expect(asked).toEqual([]);
  await expect(field(page)).toBeFocused();
  await expect(page.locator(".form-problem")).toHaveText("");
  const text = unique("right");
  await write(page, text);
  await expect(note(page, text)).toHaveCount(1);
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(field(page)).not.toHaveAttribute("aria-invalid");
});

test("what others write comes by itself, has no button here, and leaves alone what is there", async ({ page, browser }) => {
  await open(page);
  const [mine, theirs] = [unique("mine"), unique("theirs")];
  await write(page, mine);
  await expect(remover(page, mine)).toBeVisible();
  await page.reload();
  await expectLive(page);
  // What is in the row, too: it is made anew only when it is another.
  await remover(page, mine).evaluate((button) => void Object.assign(button, { mark: true }));
  await remover(page, mine).focus();
  const grace = await openElsewhere(browser, GRACE.email);
  await expect(note(grace, mine)).toBeVisible();
  await expect(note(grace, mine).getByRole("button")).toHaveCount(0);
  await write(grace, theirs);
  await expect(notes(page).first()).toContainText(theirs);
  await expect(note(page, theirs)).toContainText(GRACE.name);
  await expect(note(page, theirs).getByRole("button")).toHaveCount(0);
  expect(await remover(page, mine).evaluate((button) => "mark" in button), "the same element").toBe(true);
  await expect(remover(page, mine)).toBeFocused();
  // And goes by itself.
  await remover(grace, theirs).click();
  await expect(note(page, theirs)).toHaveCount(0);
  await expect(remover(page, mine)).toBeFocused();
  await grace.context().close();
});

test("rows that change places, change, or have an id twice are shown as they are, and the focus stays", async ({ page }) => {
  const say = await speakAsServer(page);
  await open(page);
  const row = (id: string, text: string): [string, string] => [id, `<p>${text}</p><button>Up</button><button>Down</button>`];
  const down = (text: string) => notes(page).filter({ hasText: text }).getByRole("button", { name: "Down" });
  say([row("1", "one"), row("2", "two"), row("3", "three")]);
  await expect(notes(page).locator("p")).toHaveText(["one", "two", "three"]);
  await down("three").focus();
  say([row("3", "three"), row("2", "two"), row("1", "one")]);
  await expect(notes(page).locator("p")).toHaveText(["three", "two", "one"]);
  await expect(down("three")).toBeFocused();
  say([row("2", "two"), row("3", "three and more"), row("2", "two again")]);
  await expect(notes(page).locator("p")).toHaveText(["two", "three and more"]);
  await expect(down("three and more")).toBeFocused();
  say([row("2", "two"), row("2", "two again")]);
  await expect(notes(page).locator("p")).toHaveText(["two"]);
});

test("who is at a row that somebody else removes is at the one in its place, and not at its button", async ({ page }) => {
  const say = await speakAsServer(page);
  await open(page);
  const row = (id: string): [string, string] => [id, `<p>${id}</p><button>Up</button>`];
  const at = (text: string) => notes(page).filter({ hasText: text });
  const nothing = page.getByText("There is nothing here yet.");
  say([row("one"), row("two"), row("three")]);
  await at("two").getByRole("button").focus();
  say([row("one"), row("three")]);
  await expect(at("three")).toBeFocused();
  // From there on by keyboard.
  await page.keyboard.press("Tab");
  await expect(at("three").getByRole("button")).toBeFocused();
  // The last one.
  say([row("one")]);
  await expect(at("one")).toBeFocused();
  await expect(nothing).toBeHidden();
  say([]);
  await expect(notes(page)).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Latest notes" })).toBeFocused();
  await expect(nothing).toBeVisible();
});

test("of a thousand rows the one that changes is touched, and no other", async ({ page }) => {
  const say = await speakAsServer(page);
  await open(page);
  const rows = (text: string) => Array.from({ length: 1_000 }, (_, at): [string, string] => [`row ${at}`, `<p>${at}</p><p>${at === 500 ? text : ""}</p>`]);
  say(rows("before"));
  await expect(notes(page)).toHaveCount(1_000);
  await notes(page).first().evaluate((row) => void Object.assign(row.firstElementChild!, { mark: true }));
  say(rows("after"));
  await expect(notes(page).nth(500)).toContainText("after");
  expect(await notes(page).first().evaluate((row) => "mark" in row.firstElementChild!), "only the row that changes is touched").toBe(true);
});

test("forms of one mutation that say other things are not taken for each other", async ({ page }) => {
  const say = await speakAsServer(page);
  await open(page);
  await page.route("**/api/tick", (route) => route.fulfill({ json: { answer: null, written: [] } }));
  const row = (id: string, says: string, value: string): [string, string] => [
    id,
    `<form action="/api/tick" data-live='${JSON.stringify({ name: "tick", says })}'><input type="hidden" name="id" value="${id}">` +
      `<button name="done" value="${value}">${id}</button></form>`,
  ];
  say([row("one", "{id} is done.", "true"), row("two", "{id} is open again.", "false")]);
  for (const [name, said] of [["one", "one is done."], ["two", "two is open again."], ["one", "one is done."]]) {
    const sent = page.waitForRequest("**/api/tick");
    await list(page).getByRole("button", { name }).click();
    expect((await sent).postData()).toBe(`id=${name}&done=${name === "one"}`);
    await expect(page.getByText(said)).toBeVisible();
  }
});

// What the specs of /live share: people on the page, and what it shows them.
import { expect, type Browser, type Page } from "@playwright/test";
import { ADA, APP, enterPassword, unused } from "./fixtures.ts";

/** What a browser notes of a network that is gone. */
export const NETWORK = /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_NETWORK_CHANGED|WebSocket connection to/;

export const GRACE = { name: "Grace Hopper", email: "grace@example.com" };

/** Somebody who has just signed in and is on the page. */
export async function openLive(page: Page, email = ADA.email) {
  await page.goto("/sign-in?return_to=/live");
  await enterPassword(page, email);
  await expect(page.getByRole("heading", { name: "Live numbers" })).toBeVisible();
}

/** Another browser, of somebody else. Pages are watched for complaints like those of the test itself. */
export async function elsewhere(browser: Browser, complaints: string[], email = GRACE.email, baseURL = APP) {
  const context = await browser.newContext({ baseURL });
  context.on("console", (message) => void (unused("split_").test(message.text()) || complaints.push(message.text())));
  context.on("weberror", (error) => complaints.push(error.error().message));
  const page = await context.newPage();
  await openLive(page, email);
  return page;
}

export const list = (page: Page) => page.getByRole("list", { name: "Latest numbers" });
export const rows = (page: Page) => list(page).getByRole("listitem");
export const row = (page: Page, value: number) => rows(page).filter({ has: page.getByText(shown(value), { exact: true }) });

/** As the page writes it. */
export const shown = (value: number) => value.toLocaleString("en-US").replace("-", "−");

/** A value that no other test has. */
export const unique = () => 100_000 + Math.floor(Math.random() * 900_000);

export async function add(page: Page, value: number) {
  await page.getByLabel("Number", { exact: true }).fill(String(value));
  await page.getByRole("button", { name: "Add number" }).click();
}

export async function remove(page: Page, value: number) {
  await page.getByRole("button", { name: `Remove ${shown(value)}` }).click();
}

/** How current the page says it is. */
export const connection = (page: Page) =>
  page.getByRole("status").filter({ hasText: /^(Connecting|Live|Every few seconds|Reconnecting|Offline)$/ });

export const expectLive = (page: Page, timeout = 15_000) => expect(connection(page)).toHaveText("Live", { timeout });

/** The values of the list, from the top. */
export const values = (page: Page) => rows(page).locator("strong").allTextContents();

/** What the server has, in the same words. */
export async function stored(page: Page) {
  const answer = await page.request.get("/api/list_numbers", { headers: { accept: "application/json" } });
  expect(answer.ok(), await answer.text()).toBe(true);
  const numbers: { value: number }[] = await answer.json();
  return numbers.map(({ value }) => shown(value));
}

/** A view that is made anew would lose the mark. */
export const mark = (page: Page) => list(page).evaluate((list) => void Object.assign(list, { mark: true }));
export const expectMarked = async (page: Page) =>
  expect(await list(page).evaluate((list) => "mark" in list), "the view was never unmounted").toBe(true);

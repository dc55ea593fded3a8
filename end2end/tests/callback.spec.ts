// What a person sees when a sign-in does not end as it should: always a page that explains.
import { ADA, APP, EMULATOR, PASSWORD, clearFaults, enterPassword, expect, expectSignedIn, expectSignedOut, setFault, status, test } from "./fixtures.ts";
import type { Page } from "@playwright/test";

test.use({ tolerated: status(400, 502, 503) });

async function expectFailure(page: Page, title: RegExp, reason: string) {
  await expect(page).toHaveURL(/\/sign-in-failed\?/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
  await expect(page.getByRole("main")).toContainText(reason);
  await expect(page.getByRole("main").getByRole("link", { name: "Try again" })).toBeVisible();
  await expect(page.getByRole("main").getByRole("link", { name: "Go home" })).toHaveAttribute("href", "/");
}

test("cancelling at AuthKit explains itself, and trying again keeps the way back", async ({ page }) => {
  await page.goto("/account");
  await page.getByRole("link", { name: "Cancel" }).click();
  await expectFailure(page, /Sign-in cancelled/, "access_denied");
  await expectSignedOut(page);
  await page.getByRole("main").getByRole("link", { name: "Try again" }).click();
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/account`);
});

test("a callback without parameters", async ({ page }) => {
  await page.goto("/callback");
  await expectFailure(page, /needs a sign-in to start from/, "callback_incomplete");
});

test("a callback with a state that is not ours", async ({ page }) => {
  await page.goto("/callback?code=made-up&state=made-up");
  await expectFailure(page, /didn.t start here/, "state_invalid");
});

test("a callback that was used already leads on while signed in, and starts again once afterwards", async ({ page }) => {
  const used = page.waitForRequest((request) => request.url().startsWith(`${APP}/callback?`));
  await page.goto("/sign-in?return_to=/account");
  await enterPassword(page);
  await expect(page).toHaveURL("/account");
  const callback = (await used).url();
  await page.goto(callback);
  await expect(page).toHaveURL("/account");
  await expectSignedIn(page);
  await page.context().clearCookies();
  await page.goto(callback);
  await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
  await page.goto(callback);
  await expectFailure(page, /already over/, "attempt_unknown");
});

test("a callback of another browser", async ({ page, browser, javaScriptEnabled }) => {
  const elsewhere = await browser.newContext({ baseURL: APP, javaScriptEnabled });
  const stranger = await elsewhere.newPage();
  await stranger.goto("/sign-in");
  // The stranger's answer from AuthKit, which never reaches the stranger's browser.
  const form = stranger.locator("form", { has: stranger.getByLabel("Password") });
  const sent = await elsewhere.request.post(new URL((await form.getAttribute("action"))!, EMULATOR).href, {
    form: { email: ADA.email, password: PASSWORD },
    maxRedirects: 0,
  });
  const answer = sent.headers()["location"];
  expect(answer).toContain(`${APP}/callback?code=`);
  await page.goto(answer);
  // It starts a sign-in of one's own, and signs nobody in.
  await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
  await page.goto("/");
  await expectSignedOut(page);
  await elsewhere.close();
});

test("a callback without state starts the sign-in again, once", async ({ page }) => {
  await page.goto("/callback?code=from-an-invitation");
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/`);
  await expectSignedIn(page);
});

test.describe("AuthKit in trouble", () => {
  test.afterEach(({ page }) => clearFaults(page));

  for (const [what, fault, title, reason] of [
    ["an error page in HTML", { status: 500, html: "<h1>Bad gateway</h1>" }, /having trouble/, "authkit_broken"],
    ["a dropped connection", { reset: true }, /can.t be reached/, "authkit_unreachable"],
    ["too many requests", { status: 429, retry_after: 1 }, /busy/, "authkit_rate_limited"],
    ["refused credentials", { status: 401 }, /not set up correctly/, "authkit_misconfigured"],
  ] as const) {
    test(`${what} in place of tokens`, async ({ page }) => {
      await page.goto("/sign-in?return_to=/account");
      await setFault(page, "authenticate", fault);
      await enterPassword(page);
      await expectFailure(page, title, reason);
      await expectSignedOut(page);
    });
  }
});

test("the emulator refuses an address that is not registered, on a page one can read", async ({ page }) => {
  const query = new URLSearchParams({
    client_id: "client_emulator",
    redirect_uri: "https://evil.example/callback",
    response_type: "code",
    provider: "authkit",
  });
  await page.goto(`${EMULATOR}/user_management/authorize?${query}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/can(.t|not) be answered/);
  await expect(page.getByRole("main")).toContainText("redirect");
  expect(page.url()).toContain(EMULATOR);
});

test("nothing above has harmed a session", async ({ page }) => {
  await page.goto("/sign-in");
  await enterPassword(page, ADA.email);
  await expectSignedIn(page);
  await page.goto("/callback?code=made-up&state=made-up");
  await expectFailure(page, /didn.t start here/, "state_invalid");
  await page.goto("/");
  await expectSignedIn(page);
});

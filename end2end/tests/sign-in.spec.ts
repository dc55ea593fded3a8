import { ADA, APP, EMULATOR, PASSWORD, enterPassword, expect, expectCursor, expectSignedIn, expectSignedOut, signIn, signOut, status, test } from "./fixtures.ts";

test("a new person signs up and is back on the page, greeted by name", async ({ page, newEmail }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/This page doesn.t know you yet/);
  await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();

  await expect(page.getByRole("heading", { name: "Sign up", level: 1 })).toBeVisible();
  await expectCursor(page);
  await page.getByLabel("Email").fill(newEmail);
  await page.getByLabel("First name").fill("Katherine");
  await page.getByLabel("Last name").fill("Johnson");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();

  await expect(page).toHaveURL(`${APP}/`);
  await expect(page.getByRole("heading", { name: "Hello, Katherine" })).toBeVisible();
});

test("signing in from the home page comes back to it", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("main").getByRole("link", { name: "Sign in to this page" }).click();
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/`);
  await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();
  await expectSignedIn(page);
});

test("one click signs in as a development user", async ({ page }) => {
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in as Grace Hopper" }).click();
  await expect(page.getByRole("heading", { name: "Hello, Grace" })).toBeVisible();
});

test("a protected page asks for a sign-in and then shows itself", async ({ page }) => {
  await page.goto("/account");
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/account`);
  await expect(page.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible();
  await expect(page.getByRole("main")).toContainText(ADA.email);
  await expect(page.getByRole("main")).toContainText(/session_\w+/);
  await expect(page.getByRole("table", { name: "Claims" })).toBeVisible();
});

test("the way back keeps its query", async ({ page }) => {
  await page.goto("/sign-in?return_to=/account%3Ftab%3Dclaims");
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/account?tab=claims`);
});

test("a way back to another site leads home", async ({ page }) => {
  await page.goto("/sign-in?return_to=//evil.example/");
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/`);
});

test("a reload changes nothing, and neither does a page opened later", async ({ page, context }) => {
  await page.goto("/");
  await signIn(page);
  await expectSignedIn(page);
  await page.reload();
  await expectSignedIn(page);
  const later = await context.newPage();
  await later.goto("/account");
  await expect(later.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible();
});

test("two tabs sign in at once", async ({ page, context }) => {
  const other = await context.newPage();
  await page.goto("/sign-in?return_to=/account");
  await other.goto("/sign-in");
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/account`);
  await enterPassword(other);
  await expect(other).toHaveURL(`${APP}/`);
  await expectSignedIn(other);
  // With JavaScript the first tab loads itself anew, as the session is another one now; the two
  // reloads may meet.
  await expect(async () => {
    await page.reload();
    await expectSignedIn(page);
  }).toPass();
});

test("no token and no sealed session is in a page or within reach of its scripts", async ({ page, context }) => {
  await page.goto("/");
  await signIn(page);
  await expectSignedIn(page);
  for (const path of ["/", "/account"]) {
    const html = await (await page.goto(path))!.text();
    // Three base64url parts, the first of which begins with {" : a JWT (RFC 7519).
    expect(html).not.toMatch(/eyJ[\w-]{10,}\.[\w-]{10,}\./);
  }
  const session = (await context.cookies(APP)).filter((cookie) => /^(__Host-)?wos-session/.test(cookie.name));
  expect(session.length).toBeGreaterThan(0);
  for (const cookie of session) expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
});

test("signing out ends the session here and at AuthKit", async ({ page }) => {
  await page.goto("/account");
  await enterPassword(page);
  await expect(page).toHaveURL(`${APP}/account`);
  await signOut(page);
  await expectSignedOut(page);

  // AuthKit has forgotten it too: the next sign-in asks for the password, and offers no short cut.
  await page.getByRole("main").getByRole("link", { name: "Sign in again" }).click();
  await expect(page.getByLabel("Password")).toBeVisible();
  await expect(page.getByRole("button", { name: /Continue as/ })).toHaveCount(0);

  // And the protected page is protected again.
  await page.goto("/account");
  await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
});

test("signing out in one tab shows in the other on its next page", async ({ page, context }) => {
  await page.goto("/");
  await signIn(page);
  await expectSignedIn(page);
  const other = await context.newPage();
  await other.goto("/account");
  await signOut(other);
  await page.goto("/");
  await expectSignedOut(page);
});

test.describe("a form with a mistake", () => {
  test.use({ tolerated: status(422) });

  test("a wrong password is said nicely, and the address kept", async ({ page }) => {
    await page.goto("/sign-in");
    await enterPassword(page, ADA.email, "not the password");
    await expect(page.getByRole("alert")).toContainText("That email and password don’t match.");
    await expect(page.getByLabel("Email")).toHaveValue(ADA.email);
    await expect(page.getByLabel("Password")).toHaveValue("");
    await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/That email and password don.t match/);
    await enterPassword(page);
    await expect(page).toHaveURL(`${APP}/`);
  });

  test("an unknown address looks like a wrong password", async ({ page, newEmail }) => {
    await page.goto("/sign-in");
    await enterPassword(page, newEmail);
    await expect(page.getByRole("alert")).toContainText("That email and password don’t match.");
  });

  test("a taken address and a weak password are named at their fields", async ({ page }) => {
    await page.goto("/sign-up");
    await expectCursor(page);
    await page.getByLabel("Email").fill(ADA.email);
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: "Sign up" }).click();
    await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/at least 10 characters/i);
    await expect(page.getByLabel("Password")).toHaveAttribute("aria-invalid", "true");

    await expectCursor(page);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign up" }).click();
    await expect(page.getByLabel("Email")).toHaveAccessibleDescription(/This email already has an account/);
    expect(page.url()).toContain(EMULATOR);
  });
});

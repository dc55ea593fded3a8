// An app of two processes, PostgreSQL and nginx, set up by docs/deploy.md, while it is restarted and changed as that page says.
// script/try-deploy has put the page's commands into files on the machine.
import type { APIResponse, Page } from "@playwright/test";
import { APP, expect, expectSignedIn, test } from "../tests/fixtures.ts";
import { add, expectLive, openLive, row, unique } from "../tests/live.ts";
import { run } from "./machine.ts";

/** Asks for a page of the user and sends a form, again and again while something happens. How often each answer came. */
async function meanwhile(page: Page, happens: Promise<void>) {
  const answers: Record<string, number> = {};
  let goesOn = true;
  const client = async (what: string, ask: () => Promise<APIResponse>) => {
    while (goesOn) {
      const answer = await ask().then((it) => it.status(), (error: Error) => error.message);
      answers[`${what}: ${answer}`] = (answers[`${what}: ${answer}`] ?? 0) + 1;
    }
  };
  // What it wants to remove is not there: no proxy sends such a request twice, and nothing changes.
  const form = () =>
    page.request.post("/api/remove_number", {
      form: { id: "01J00000000000000000000000" },
      headers: { accept: "application/json", origin: APP },
    });
  const account = () => page.request.get("/account", { maxRedirects: 0 });
  const clients = [form, form, account, account].map((ask) => client(ask.name, ask));
  try {
    await happens;
  } finally {
    goesOn = false;
    await Promise.all(clients);
  }
  console.log(answers);
  return Object.keys(answers).sort();
}

// A page that is open connects again while a process stops.
test.use({ tolerated: /WebSocket connection|status of 503/ });
test.setTimeout(120_000);

for (const [what, file] of [
  ["a rolling restart", "rolling"],
  ["a new cookie password that is the previous one at first", "password-1"],
  ["and then the two swapped", "password-2"],
]) {
  test(`${what}: no request fails, nobody is signed out, open pages go on`, async ({ page }) => {
    const number = unique();
    await openLive(page);
    await expectLive(page);
    await add(page, number);
    await expect(row(page, number)).toBeVisible();
    expect(await meanwhile(page, run(file))).toEqual(["account: 200", "form: 404"]);
    await expectLive(page, 30_000);
    await add(page, number + 1);
    await expect(row(page, number + 1)).toBeVisible();
    await page.goto("/account");
    await expectSignedIn(page);
  });
}

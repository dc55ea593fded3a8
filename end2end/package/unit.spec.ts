// The app's unit is stopped and started under a user who is signed in. Run by script/try-package: UNIT is the unit.
import { ADA, APP, expect, expectSignedIn, test } from "../tests/fixtures.ts";
import { add, expectLive, openLive, row, unique } from "../tests/live.ts";
import { isWell } from "../tests/program.ts";
import { onMachine } from "./machine.ts";

const systemctl = (verb: string) => onMachine("systemctl", verb, process.env.UNIT!);
const answers = () => isWell(APP).catch(() => false);

// A page that is open notices that its server stops, and is away.
test.use({ tolerated: /ERR_CONNECTION_REFUSED|WebSocket connection|status of 503/ });

test("a user stays signed in, and numbers stay, while the unit stops and starts", async ({ page }) => {
  const before = unique();
  await openLive(page);
  await add(page, before);
  await expect(row(page, before)).toBeVisible();
  await page.goto("about:blank");

  await systemctl("stop");
  expect(await answers()).toBe(false);
  await systemctl("start");
  await expect.poll(answers, { timeout: 20_000 }).toBe(true);

  await page.goto("/account");
  await expectSignedIn(page);
  await expect(page.getByRole("heading", { name: ADA.name, level: 1 })).toBeVisible();
  await page.goto("/live");
  await expect(row(page, before)).toBeVisible();
});

test("a page that is open while the unit restarts becomes live again", async ({ page }) => {
  await openLive(page);
  await expectLive(page);
  await systemctl("restart");
  await expect.poll(answers, { timeout: 20_000 }).toBe(true);
  await expectLive(page, 30_000);
  const after = unique();
  await add(page, after);
  await expect(row(page, after)).toBeVisible();
});

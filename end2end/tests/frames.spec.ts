// The app in a frame of another site that FRAME_ANCESTORS names: signing in takes the whole window, and then the
// frame knows who is there.
import { createServer, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADA, enterPassword, expect, expectSignedIn, test } from "./fixtures.ts";
import { startServer, type Program } from "./program.ts";
import { local, port } from "./server.ts";

const app = local(3192);
const intranet = local(3194);
const stranger = local(3195);

let server: Program | undefined;
let sites: Server[] = [];
let folder: string | undefined;

test.use({ baseURL: app });

test.beforeAll(async () => {
  // Each page of these sites has the page of the app in it that has the same path.
  sites = [intranet, stranger].map((site) =>
    createServer(({ url }, answer) => {
      answer.setHeader("content-type", "text/html");
      answer.end(
        `<!DOCTYPE html><title>Intranet</title><iframe src="${app}${url}" title="App" width="900" height="700"></iframe>`,
      );
    }).listen(Number(new URL(site).port), "localhost"),
  );
  folder = await mkdtemp(join(tmpdir(), "authkit-leptos-"));
  server = await startServer(app, { DATA_DIR: folder, EMULATOR_ADDR: `127.0.0.1:${port(3193)}`, FRAME_ANCESTORS: intranet });
});

test.afterAll(async () => {
  await server?.stop();
  for (const site of sites) {
    site.closeAllConnections();
    site.close();
  }
  if (folder) await rm(folder, { recursive: true, force: true });
});

test("a sign-in begun in a frame takes the whole window", async ({ page }) => {
  await page.goto(`${intranet}/`);
  const frame = page.frameLocator("iframe");
  await frame.getByRole("banner").getByRole("link", { name: "Sign in" }).click();
  await expect(page).toHaveURL((url) => url.origin === local(3193));
  await enterPassword(page);
  await expectSignedIn(page);

  await page.goto(`${intranet}/`);
  await expect(frame.getByRole("banner").getByText(ADA.name)).toBeVisible();
  await frame.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(`${app}/signed-out`);
});

test.describe("a page that needs a session", () => {
  test.use({ tolerated: /status of 400/ });

  test("leads to a link out of the frame", async ({ page }) => {
    await page.goto(`${intranet}/account`);
    const frame = page.frameLocator("iframe");
    await frame.getByRole("main").getByRole("link", { name: "Sign in" }).click();
    await enterPassword(page);
    await expect(page).toHaveURL(`${app}/account`);
  });
});

test.describe("a site that is not named", () => {
  test.use({ tolerated: /frame-ancestors|ERR_BLOCKED_BY_RESPONSE/ });

  test("shows nothing of the app", async ({ page }) => {
    await page.goto(`${stranger}/`);
    await expect(page.locator("iframe")).toBeVisible();
    await expect(page.frameLocator("iframe").getByRole("banner")).toHaveCount(0);
  });
});

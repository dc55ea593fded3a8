// Two builds behind one balancer, as in every rolling deployment: one answers with the page, the other with its files.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createServer, request as ask, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { APP, countLoads, expect, scriptsEnded, test } from "./fixtures.ts";
import { startServer, type Program } from "./program.ts";
import { local, port, serverBinary } from "./server.ts";

const HASHES = join(dirname(serverBinary()), "hash.txt");
const SITE = process.env.SITE_ROOT ?? "";
test.skip(!existsSync(HASHES) || !SITE, "only release builds have hashes in the names of their files");
test.use({ tolerated: /status of 404|was preloaded|Refused to apply style/, toleratedErrors: /dynamically imported|fetch/ });

/** The next build: the same program, with other files. */
const NEXT = local(3186);
let folder: string;
let next: Program;
let balancer: Server;
let address: string;
/** Who answers with pages, and who with files. */
let pages = APP;
let files = APP;
/** Before a page hears that a file is missing. */
let onMissing = () => {};

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "builds-"));
  const site = join(folder, "site");
  await cp(serverBinary(), join(folder, "authkit-leptos"));
  await cp(SITE, site, { recursive: true });
  const list = await readFile(HASHES, "utf8");
  const others = list.replaceAll(/: (\S+)/g, (_, hash: string) => `: ${[...hash].reverse().join("")}`);
  await writeFile(join(folder, "hash.txt"), others);
  const hashes = [...list.matchAll(/: (\S+)/g)].map(([, hash]) => hash);
  for (const name of await readdir(join(site, "pkg"))) {
    const hash = hashes.find((hash) => name.includes(hash));
    if (hash) await rename(join(site, "pkg", name), join(site, "pkg", name.replace(hash, [...hash].reverse().join(""))));
  }
  // As script/build leaves it, where the build before was made in the same place.
  await mkdir(`${site}-before`);
  await cp(join(SITE, "pkg"), join(`${site}-before`, "1"), { recursive: true });
  execFileSync(join(import.meta.dirname, "../../script/keep-files"), [site], { stdio: "ignore" });

  const told = { LEPTOS_SITE_ROOT: site, EMULATOR_ADDR: `127.0.0.1:${port(3187)}`, DATA_DIR: join(folder, "data") };
  next = await startServer(NEXT, told, join(folder, "authkit-leptos"));

  balancer = createServer((incoming, outgoing) => {
    const to = incoming.url!.startsWith("/pkg/") ? files : pages;
    const passed = ask(to + incoming.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      if (answer.statusCode === 404) onMissing();
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((listening) => balancer.listen(0, "localhost", listening));
  address = `http://localhost:${(balancer.address() as AddressInfo).port}/`;
});

test.afterAll(async () => {
  balancer.close();
  balancer.closeAllConnections();
  await next.stop();
  await rm(folder, { recursive: true, force: true });
});

test.beforeEach(() => void (onMissing = () => {}));

const expectAlive = (page: Page) => expect(page.locator("html")).toHaveAttribute("data-scripts", "on", { timeout: 15_000 });

test("a page of the build before gets its files from the next one", async ({ page }) => {
  [pages, files] = [APP, NEXT];
  const loads = countLoads(page);
  await page.goto(address);
  await expectAlive(page);
  expect(loads).toHaveLength(1);
});

test("a page of the next build, whose files the one before lacks, is loaded anew once, and works without them", async ({ page }) => {
  [pages, files] = [NEXT, APP];
  const loads = countLoads(page);
  await page.goto(address);
  await expect(scriptsEnded(page)).toContainText("could not be loaded", { timeout: 15_000 });
  expect(loads).toHaveLength(2);
  await page.getByRole("banner").getByRole("link", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Sign in", level: 1 })).toBeVisible();
});

test("and is whole, where loading it anew comes to one of them alone", async ({ page }) => {
  [pages, files] = [NEXT, APP];
  onMissing = () => (pages = APP);
  const loads = countLoads(page);
  await page.goto(address);
  await expect.poll(() => loads.length, { timeout: 15_000 }).toBe(2);
  await expectAlive(page);
  await expect(scriptsEnded(page)).toBeHidden();
});

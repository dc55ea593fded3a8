// Forms whose answer leaves the app: they reach their end through whatever hosts are on the way.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { APP, expect, expectSignedIn, signIn, test } from "./fixtures.ts";

const port = (server: Server) => (server.address() as AddressInfo).port;

test("the answer to a form may leave through hosts that nobody can list", async ({ page }) => {
  // A customer's identity provider, behind AuthKit's own domain.
  const provider = createServer((_, answer) => {
    answer.setHeader("content-type", "text/html");
    answer.end("<title>The end</title><h1>Signed out at the provider</h1>");
  }).listen(0, "localhost");
  const domain = createServer((_, answer) => {
    answer.writeHead(302, { location: `http://localhost:${port(provider)}/` }).end();
  }).listen(0, "127.0.0.1");
  try {
    await page.goto("/");
    await signIn(page);
    await expectSignedIn(page);
    // Where WorkOS would lead. Playwright can't take the place of an address that a redirect leads to.
    await page.route(`${APP}/sign-out`, (route) =>
      route.fulfill({ status: 303, headers: { location: `http://127.0.0.1:${port(domain)}/` } }),
    );
    await page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: "Signed out at the provider" })).toBeVisible();
  } finally {
    for (const server of [provider, domain]) {
      server.closeAllConnections();
      server.close();
    }
  }
});

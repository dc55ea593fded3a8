// The home page of somebody who is signed in, in light and in dark.
import { join } from "node:path";
import { ADA, expect, signInAtAuthKit, test } from "../tests/fixtures.ts";

const IMAGES = join(import.meta.dirname, "../../docs/images");

for (const [colorScheme, file] of [["light", "home.png"], ["dark", "home-dark.png"]] as const) {
  test(`${file} is taken`, async ({ page, context }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await signInAtAuthKit(context, ADA.email);
    await page.goto("/sign-in");
    await expect(page.getByRole("heading", { name: "Hello, Ada" })).toBeVisible();
    // The islands are alive: the picture has what they say.
    await expect(page.getByRole("region", { name: "Auth state in the browser" })).toContainText("this browser");
    await page.screenshot({ path: join(IMAGES, file) });
  });
}

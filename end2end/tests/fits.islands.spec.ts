// Every page at 200 % and at 400 % of a desktop's size, and from right to left: nothing to scroll sideways, nothing cut off,
// and everything on the other side. With JavaScript only: what it adds is in the page, and nothing else is.
import { appPages, eachLook, emulatorPages } from "./every-page.ts";
import { expect } from "./fixtures.ts";
import type { Page } from "@playwright/test";

/** What a browser of 1280 pixels has left. */
const ZOOMED = { "200 %": 640, "400 %": 320 };
const DESKTOP = 1280;
const PHONE = 390;

/** What can't be read whole: outside of the page, or cut off by its own box. */
const cutOff = (page: Page) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const name = (it: Element) => `<${it.tagName.toLowerCase()} class="${it.className}"> ${it.textContent?.trim().slice(0, 40)}`;
    const cut: string[] = [];
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > width) cut.push(`the page is ${scrollWidth} wide, of ${width}`);
    for (const it of document.body.querySelectorAll<HTMLElement>("*")) {
      const style = getComputedStyle(it);
      const box = it.getBoundingClientRect();
      const isScrolled = it.parentElement?.closest("pre, nav") !== null;
      // For screen readers, or for those who come by keyboard.
      const isHidden = it.closest(".skip, .unseen") !== null || !it.checkVisibility() || box.width <= 1 || style.clipPath !== "none";
      if (isHidden || isScrolled) continue;
      if (box.left < -1 || box.right > width + 1) cut.push(`outside: ${name(it)}`);
      // A part that sticks out of what it is in covers a neighbour, or the page's edge.
      const around = it.parentElement!.getBoundingClientRect();
      const isPlaced = /absolute|fixed|sticky/.test(style.position) || /inline|contents/.test(style.display) || parseFloat(style.marginInlineStart) < 0;
      const sticksOut = around.width > 0 && (box.left < around.left - 2 || box.right > around.right + 2);
      if (sticksOut && !isPlaced) cut.push(`sticks out: ${name(it)}`);
      const hides = style.overflowX === "hidden" || style.overflowX === "clip";
      if (hides && style.textOverflow !== "ellipsis" && it.scrollWidth > it.clientWidth + 1) cut.push(`cut off: ${name(it)}`);
    }
    return cut;
  });

/** Where each box begins, from the side where reading begins. */
const beginnings = (page: Page) =>
  page.evaluate(() => {
    const { direction } = getComputedStyle(document.documentElement);
    const width = document.documentElement.clientWidth;
    return [...document.body.querySelectorAll<HTMLElement>("*")]
      .filter((it) => it.checkVisibility() && !it.closest("pre, nav, svg") && !/inline$|contents/.test(getComputedStyle(it).display))
      .map((it) => {
        const { left, right, width: own } = it.getBoundingClientRect();
        const from = direction === "rtl" ? width - right : left;
        return { what: `<${it.tagName.toLowerCase()} class="${it.className}"> ${it.textContent?.trim().slice(0, 40)}`, from, own };
      });
  });

async function fits(page: Page) {
  const wrong: string[] = [];
  const check = async (what: string, width: number) => {
    await page.setViewportSize({ width, height: 900 });
    wrong.push(...(await cutOff(page)).map((it) => `${what}: ${it}`));
  };
  for (const [zoom, width] of Object.entries(ZOOMED)) await check(zoom, width);
  await check("desktop", DESKTOP);
  const before = await beginnings(page);
  await page.evaluate(() => (document.documentElement.dir = "rtl"));
  const after = await beginnings(page);
  expect(after.length).toBe(before.length);
  before.forEach(({ what, from }, index) => {
    const other = after[index]!.from;
    if (Math.abs(from - other) > 2) wrong.push(`right to left: begins at ${other}, of ${from}: ${what}`);
  });
  await check("right to left", DESKTOP);
  await check("right to left, phone", PHONE);
  expect(wrong).toEqual([]);
}

eachLook("the app fits", appPages, fits);
eachLook("the emulator fits", emulatorPages, fits);

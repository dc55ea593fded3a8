// Browsers as people have them, over plain WebDriver (https://www.w3.org/TR/webdriver2/): the one protocol that
// Chromium, Firefox and WebKitGTK all speak. Steps know a `Browser`, its `Tab`s, and nothing of the engine.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { expect } from "@playwright/test";
import { Builder, By, Capabilities, type WebDriver, type WebElement } from "selenium-webdriver";
import logInspector from "selenium-webdriver/bidi/logInspector.js";
import { findFreePort } from "selenium-webdriver/net/portprober.js";
import { DriverService } from "selenium-webdriver/remote/index.js";
import { APP } from "./server.ts";

export type Name = "chromium" | "firefox" | "webkit";

type Engine = {
  /** What people call it. */
  title: string;
  /** The programs it needs. */
  programs: string[];
  /** How the driver is started, which starts the browser. */
  driver: (port: number) => string[];
  capabilities: (scripts: boolean) => object;
  /** Whether it can't do without a screen. */
  needsScreen?: true;
};

const chromium = process.env.CHROMIUM || "chromium";

const ENGINES: Record<Name, Engine> = {
  chromium: {
    title: "Chromium",
    programs: [chromium, "chromedriver"],
    driver: (port) => ["chromedriver", `--port=${port}`],
    capabilities: (scripts) => ({
      browserName: "chrome",
      webSocketUrl: true,
      "goog:chromeOptions": {
        binary: find(chromium),
        args: [
          "--headless",
          // Its sandbox refuses root, which CI runs as.
          "--no-sandbox",
          "--disable-gpu",
          "--disable-dev-shm-usage",
          ...(scripts ? [] : ["--blink-settings=scriptEnabled=false"]),
        ],
      },
    }),
  },
  firefox: {
    title: "Firefox",
    programs: ["firefox-esr", "geckodriver"],
    driver: (port) => ["geckodriver", `--port=${port}`, "--websocket-port=0"],
    capabilities: (scripts) => ({
      browserName: "firefox",
      webSocketUrl: true,
      "moz:firefoxOptions": {
        binary: find("firefox-esr"),
        args: ["-headless"],
        prefs: { "javascript.enabled": scripts },
      },
    }),
  },
  webkit: {
    title: "WebKitGTK",
    programs: ["WebKitWebDriver", "Xvfb"],
    driver: (port) => ["WebKitWebDriver", `--port=${port}`],
    capabilities: (scripts) => ({
      browserName: "MiniBrowser",
      // It waits without end for a page that Back leads to, when that page redirects to another origin.
      pageLoadStrategy: "none",
      "webkitgtk:browserOptions": { args: ["--automation", `--enable-javascript=${scripts}`] },
    }),
    needsScreen: true,
  },
};

export const NAMES = Object.keys(ENGINES) as Name[];

/** Where a program is, if it is there. */
function find(program: string) {
  const folders = isAbsolute(program) ? [""] : (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** The programs that an engine needs and that are not there. */
export const missing = (name: Name) => ENGINES[name].programs.filter((program) => !find(program));
export const isInstalled = (name: Name) => missing(name).length === 0;
export const title = (name: Name) => ENGINES[name].title;

/** A screen that nobody sees. */
class Screen {
  private constructor(readonly display: string, private readonly process: ChildProcess) {}

  static async start() {
    const process = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    const display = new Promise<string>((resolve, reject) => {
      process.stdio[3]!.once("data", (number) => resolve(`:${String(number).trim()}`));
      process.once("error", reject).once("exit", (status) => reject(new Error(`Xvfb ended with ${status}`)));
    });
    return new Screen(await display, process);
  }

  stop() {
    this.process.kill();
  }
}

/** Whom a screen reader meets there, and where to look for them. */
const CANDIDATES = {
  button: "button",
  dialog: "dialog",
  heading: "h1, h2, h3",
  link: "a[href]",
  list: "ul, ol",
  status: "[role=status]",
  // Its role depends on what may be typed, and a password has none.
  field: "input",
};
export type Role = keyof typeof CANDIDATES;

/** One browser: a person's cookies, and their tabs. */
export class Browser {
  private constructor(
    readonly name: Name,
    /** Errors in the console. Always empty where the engine doesn't tell. */
    readonly complaints: string[],
    private readonly driver: WebDriver,
    private readonly service: DriverService,
    private readonly screen: Screen | undefined,
    private readonly blank: string,
  ) {}

  static async launch(name: Name, { scripts = true } = {}) {
    const engine = ENGINES[name];
    const port = await findFreePort("127.0.0.1");
    const [program, ...args] = engine.driver(port);
    const screen = engine.needsScreen && (await Screen.start());
    const env = { ...process.env, ...(screen && { DISPLAY: screen.display }) };
    const service = new DriverService(find(program), { loopback: true, port, args, env, stdio: "ignore" });
    try {
      const driver = await new Builder()
        .disableEnvironmentOverrides()
        .usingServer(await service.start())
        .withCapabilities(new Capabilities(engine.capabilities(scripts)))
        .build();
      const complaints: string[] = [];
      if (speaksBidi(await driver.getCapabilities())) {
        const log = await logInspector(driver);
        await log.onLog(({ level, text }: { level: string; text: string }) => {
          if (level === "error") complaints.push(text);
        });
      }
      return new Browser(name, complaints, driver, service, screen || undefined, await driver.getWindowHandle());
    } catch (error) {
      await service.kill();
      if (screen) screen.stop();
      throw error;
    }
  }

  async tab() {
    await this.driver.switchTo().newWindow("tab");
    return new Tab(this.driver, await this.driver.getWindowHandle());
  }

  /** Like new: no tab is open, and no cookie of this machine is left, of the app's nor of AuthKit's. */
  async forget() {
    for (const handle of await this.driver.getAllWindowHandles()) {
      if (handle === this.blank) continue;
      await this.driver.switchTo().window(handle);
      await this.driver.close();
    }
    const blank = new Tab(this.driver, this.blank);
    await blank.goto("/robots.txt");
    await expect(async () => expect(await blank.text()).toContain("User-agent")).toPass();
    await this.driver.manage().deleteAllCookies();
    this.complaints.length = 0;
  }

  /** What a request of this browser to the app carries. */
  async cookies() {
    const cookies: { name: string; value: string }[] = await this.driver.manage().getCookies();
    return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  /** Takes its network away, or gives it back. Says whether the engine can do that. */
  async setOffline(tab: Tab, isOffline: boolean) {
    if (!speaksBidi(await this.driver.getCapabilities())) return false;
    const bidi = await this.driver.getBidi();
    const { type, message } = await bidi.send({
      method: "emulation.setNetworkConditions",
      params: { contexts: [tab.handle], networkConditions: isOffline ? { type: "offline" } : null },
    });
    if (type === "error") throw new Error(message);
    return true;
  }

  async close() {
    try {
      await this.driver.quit();
    } finally {
      await this.service.kill();
      this.screen?.stop();
    }
  }
}

/** How long an engine may take to say something about a page, in milliseconds. */
const PATIENCE = 3_000;

/** What the engine says. WebKit never answers a question whose page goes away meanwhile, so it has to be asked again. */
async function answered<T>(question: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the engine does not answer")), PATIENCE);
  });
  try {
    return await Promise.race([question, silence]);
  } finally {
    clearTimeout(timer);
  }
}

const speaksBidi = (capabilities: Capabilities) => typeof capabilities.get("webSocketUrl") === "string";

/** One page of a browser, as people meet it: by role and name, by label, by text. */
export class Tab {
  constructor(private readonly driver: WebDriver, readonly handle: string) {}

  /** WebDriver speaks with one tab at a time. */
  async #here() {
    await answered(this.driver.switchTo().window(this.handle));
    return this.driver;
  }

  async goto(url: string) {
    await (await this.#here()).get(new URL(url, APP).href);
  }

  async url(): Promise<string> {
    return answered((await this.#here()).getCurrentUrl());
  }

  /** The button of the browser. */
  async back() {
    await (await this.#here()).navigate().back();
  }

  /** What can be seen of the page. */
  async text(): Promise<string> {
    const body = await answered((await this.#here()).findElement(By.css("body")));
    return answered(body.getText());
  }

  /** How many there are to be seen. Role and name are those that the engine tells a screen reader. */
  async count(role: Role, name: string) {
    return (await this.#all(role, name)).length;
  }

  async press(role: "button" | "link", name: string) {
    await (await this.#one(role, name)).click();
  }

  /** Types into the field with this label. */
  async fill(label: string, text: string) {
    await (await this.#one("field", label)).sendKeys(text);
  }

  /** Waits until there is exactly one. */
  async #one(role: Role, name: string) {
    let all: WebElement[] = [];
    await expect(async () => {
      all = await this.#all(role, name);
      expect(all.length, `${role} “${name}”`).toBe(1);
    }).toPass();
    return all[0];
  }

  async #all(role: Role, name: string) {
    const driver = await this.#here();
    const all: WebElement[] = [];
    for (const element of await answered(driver.findElements(By.css(CANDIDATES[role])))) {
      // WebKit can't say what the name of one is that nobody sees.
      if (!(await answered(element.isDisplayed()))) continue;
      // A status has no name: people know it by what it says.
      const isStatus = role === "status";
      const called = await answered(isStatus ? element.getProperty("textContent") : element.getAccessibleName());
      if (called !== name) continue;
      if (role === "field" || (await answered(element.getAriaRole())) === role) all.push(element);
    }
    return all;
  }
}

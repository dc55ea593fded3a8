// script/server in a copy of the project, on ports of its own, and the files of that copy.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { serverEnvironment } from "../tests/server.ts";

export const EDITED = "http://localhost:3280";
const RELOAD_PORT = "3281";
const EMULATOR_ADDR = "127.0.0.1:3282";
/** A build from nothing, on two slow cores. */
const FIRST_BUILD = 25 * 60_000;

const tree = () => {
  const tree = process.env.EDITED_TREE;
  if (!tree) throw new Error("EDITED_TREE is not set. Run script/test edits.");
  return tree;
};

/** A file of the copy. */
export class File {
  readonly #path: string;
  /** What was in it at first; nothing if it was not there. */
  readonly text: string;

  constructor(path: string) {
    this.#path = join(tree(), path);
    this.text = existsSync(this.#path) ? readFileSync(this.#path, "utf8") : "";
  }

  /** Writes the file as it was at first, with `from`, which must be in it once, become `to`. */
  replace(from: string, to: string) {
    const parts = this.text.split(from);
    if (parts.length !== 2) throw new Error(`${this.#path} has ${parts.length - 1} times: ${from}`);
    this.write(parts.join(to));
  }

  write(text: string) {
    writeFileSync(this.#path, text);
  }
}

/** A running `script/server`. */
export class DevelopmentServer {
  readonly #process: ChildProcess;
  #output = "";
  #ended = false;

  constructor() {
    this.#process = spawn("script/server", {
      cwd: tree(),
      env: {
        ...serverEnvironment(EDITED, { EMULATOR_ADDR, DATA_DIR: "data", RUST_LOG: "info" }),
        LEPTOS_SITE_ROOT: "target/site",
        LEPTOS_RELOAD_PORT: RELOAD_PORT,
        CARGO_TERM_COLOR: "never",
        // As a developer's shell has it; script/test says otherwise to its own builds.
        CARGO_INCREMENTAL: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // its own group: cargo-leptos starts programs that must end, too
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    }
    this.#process.on("exit", () => (this.#ended = true));
  }

  /** All that was written to the terminal so far, without its colours. */
  get output() {
    return stripVTControlCharacters(this.#output);
  }

  async ready() {
    const start = Date.now();
    for (let said = 0; ; said++) {
      const answer = await fetch(`${EDITED}/healthz`).catch(() => undefined);
      if (answer?.ok) return;
      if (this.#ended || Date.now() - start > FIRST_BUILD) throw new Error(`no server:\n${this.#output}`);
      if (said % 120 === 119) console.log(`building for ${Math.round((Date.now() - start) / 1000)} s: ${this.#lastLine()}`);
      await setTimeout(500);
    }
  }

  async stop() {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    if (this.#ended || !this.#process.pid) return;
    process.kill(-this.#process.pid, "SIGINT");
    await Promise.race([gone, setTimeout(10_000)]);
    if (!this.#ended) process.kill(-this.#process.pid, "SIGKILL");
  }

  #lastLine() {
    return this.#output.trimEnd().split("\n").at(-1) ?? "";
  }
}

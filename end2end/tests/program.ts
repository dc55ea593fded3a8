// Programs that tests start and stop by themselves: servers beside the one that the suite shares, and proxies.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { serverBinary, serverEnvironment } from "./server.ts";

/** Longer than anything takes to start or to stop. */
const PATIENCE = 20_000;

/** A program that was started, with a log of its own. */
export class Program {
  readonly #process: ChildProcess;
  readonly #name: string;
  /** The last of what it has said. */
  #log = "";

  /** With `errors`, what it says of errors goes there, too. `cwd` is the folder that it runs in. */
  constructor(command: string, args: string[], env: NodeJS.ProcessEnv, errors?: NodeJS.WritableStream, cwd?: string) {
    this.#name = command;
    this.#process = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    if (errors) this.#process.stderr?.pipe(errors, { end: false });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.#log = (this.#log + text).slice(-20_000)));
    }
    this.#process.on("error", (error) => (this.#log += error.message));
    // A test that takes too long ends without its end.
    process.on("exit", this.#kill);
  }

  readonly #kill = () => void this.#process.kill("SIGKILL");

  get log() {
    return this.#log;
  }

  get #hasEnded() {
    return this.#process.exitCode !== null || this.#process.signalCode !== null || this.#process.pid === undefined;
  }

  /** Until `ask` is answered. */
  async answers(ask: () => Promise<boolean>) {
    const start = Date.now();
    while (!(await ask().catch(() => false))) {
      if (this.#hasEnded || Date.now() - start > PATIENCE) throw new Error(`${this.#name} does not answer:\n${this.#log}`);
      await setTimeout(20);
    }
  }

  async stop(signal: NodeJS.Signals = "SIGTERM") {
    if (this.#hasEnded) return;
    const ended = once(this.#process, "exit");
    this.#process.kill(signal);
    await Promise.race([ended, setTimeout(PATIENCE, undefined, { ref: false }).then(this.#kill)]);
    process.off("exit", this.#kill);
  }
}

/** Whether an app says that it is well. */
export const isWell = (origin: string) => fetch(`${origin}/healthz`).then((answer) => answer.ok);

/** A server of a test's own, once it answers at this address. What it says of errors is part of the test's report. */
export async function startServer(app: string, told: Record<string, string>, program = serverBinary()) {
  const server = new Program(program, [], serverEnvironment(app, told), process.stderr);
  await server.answers(() => isWell(app));
  return server;
}

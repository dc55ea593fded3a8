// Where the app of this suite is, and the line to it that a step can hold or cut.
import { once } from "node:events";
import { createServer, connect, type Server, type Socket } from "node:net";

/** The app, as browsers know it: the near end of the line. Ports of its own. */
export const APP = "http://localhost:3190";
/** The AuthKit on this machine. */
export const EMULATOR = "http://localhost:3191";
/** The server itself: the same port, as its own name is made of it, on an address that no browser asks. */
export const BEHIND = { host: "127.0.0.2", port: Number(new URL(APP).port) };

/** What is between every browser and the app, byte for byte. No engine needs to know of it. */
export class Line {
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  #isHeld = false;

  static async open() {
    const line = new Line();
    await line.mend();
    return line;
  }

  /** What browsers send stays here, until `release`. */
  hold() {
    this.#isHeld = true;
    for (const socket of this.#sockets) socket.pause();
  }

  release() {
    this.#isHeld = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Every connection breaks, and new ones are refused, until `mend`. */
  async cut() {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(server, "close");
    server.close();
    await closed;
  }

  async mend() {
    if (this.#server) return;
    const server = createServer((near) => {
      const far = connect(BEHIND);
      this.#sockets.add(near);
      near.on("data", (sent) => void far.write(sent)).on("end", () => far.end());
      far.on("data", (sent) => void near.write(sent)).on("end", () => near.end());
      near.on("close", () => (this.#sockets.delete(near), far.destroy()));
      far.on("close", () => near.destroy());
      for (const socket of [near, far]) socket.on("error", () => socket.destroy());
      if (this.#isHeld) near.pause();
    });
    this.#server = server;
    const listening = once(server, "listening");
    server.listen(BEHIND.port, "127.0.0.1");
    await listening;
  }
}

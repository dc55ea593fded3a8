// The way from a proxy to an app on another machine. On one machine a proxy hears at once that a connection has been
// closed; over a distance it may have sent the next request by then.
import { createServer, connect, type Server, type Socket } from "node:net";

export class Wire {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  /** How many connections it has carried. */
  #carried = 0;

  private constructor(to: number, distance: number) {
    // Half-open: what closes one direction has to arrive late, too.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      this.#carried++;
      const far = connect({ port: to, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
      for (const [from, into] of [[near, far], [far, near]]) {
        this.#open.add(from);
        from.on("data", (data) => setTimeout(() => into.writable && into.write(data), distance));
        from.on("end", () => setTimeout(() => into.end(), distance));
        from.on("error", () => setTimeout(() => into.destroy(), distance));
        from.on("close", () => {
          this.#open.delete(from);
          setTimeout(() => into.destroy(), distance);
        });
      }
    });
  }

  /** Takes connections at one port and carries them to another, `distance` milliseconds each way. */
  static async between(from: number, to: number, distance: number) {
    const wire = new Wire(to, distance);
    await new Promise<void>((listening, failed) => {
      wire.#server.once("error", failed).listen(from, "127.0.0.1", listening);
    });
    return wire;
  }

  get carried() {
    return this.#carried;
  }

  async close() {
    for (const socket of this.#open) socket.destroy();
    await new Promise((closed) => this.#server.close(closed));
  }
}

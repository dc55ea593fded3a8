// A proxy in front of a test's own servers that fails as networks and balancers do, by a seeded random source: mutations lose
// their answers, come twice or in part, are answered by the proxy alone; streams end. All else is passed on as it is.
import { createServer, request as ask, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { randomFrom } from "./random.ts";

/** What can happen to a mutation on its way, and to its answer. */
export const FAULTS = [
  "request cut", "answer lost", "answer cut", "refused before", "refused after", "twice at once", "twice in turn",
  "twice and late", "delayed",
] as const;
export type Fault = (typeof FAULTS)[number];

/** A request as it is passed on, as a whole. */
type Passed = { method: string; url: string; headers: IncomingHttpHeaders; body: Buffer };
type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** What a balancer answers by itself. */
const refusal = (status: number): Answer => ({ status, headers: { "content-type": "text/html" }, body: Buffer.from("<h1>No.</h1>") });

export class FaultyProxy {
  /** What happens to mutations, by each call of it; nothing, to begin with. */
  fault: () => Fault | undefined = () => undefined;
  /** How often each has happened. */
  readonly happened = new Map<Fault, number>();
  readonly #servers: string[];
  readonly #server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
  readonly #streams = new Set<Duplex>();
  readonly #random: () => number;
  /** What is still on its way though its client has its answer. */
  readonly #late = new Set<Promise<unknown>>();

  private constructor(servers: string[], random: () => number) {
    this.#servers = servers;
    this.#random = random;
    this.#server.on("upgrade", (incoming, socket, head) => this.#upgrade(incoming, socket, head));
  }

  /** In front of these servers. */
  static async start(port: number, servers: string[], seed: number) {
    const proxy = new FaultyProxy(servers, randomFrom(seed));
    await new Promise<void>((listening, failed) => proxy.#server.once("error", failed).listen(port, "127.0.0.1", listening));
    return proxy;
  }

  get port() {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Any fault, to this share of the mutations. */
  atRandom(share: number) {
    return () => (this.#random() < share ? FAULTS[Math.floor(this.#random() * FAULTS.length)] : undefined);
  }

  /** Ends the streams of all pages. */
  cutStreams() {
    for (const socket of this.#streams) socket.destroy();
  }

  /** Waits for the copies of requests that are still on their way. */
  async settled() {
    await Promise.all(this.#late);
  }

  async stop() {
    this.cutStreams();
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse) {
    try {
      const { method, url, headers } = incoming;
      const request: Passed = { method: method!, url: url!, headers, body: await whole(incoming) };
      const isMutation = method === "POST" && url!.startsWith("/api/");
      const fault = isMutation ? this.fault() : undefined;
      if (fault) this.happened.set(fault, (this.happened.get(fault) ?? 0) + 1);
      await this.#answer(request, fault, incoming, outgoing);
    } catch {
      // The client has gone, or has half a request.
      outgoing.destroy();
    }
  }

  async #answer(request: Passed, fault: Fault | undefined, incoming: IncomingMessage, outgoing: ServerResponse) {
    const status = this.#random() < 0.5 ? 502 : 503;
    const part = (body: Buffer) => body.subarray(0, Math.floor(this.#random() * body.length));
    const aWhile = 1 + this.#random() * 300;
    switch (fault) {
      case "request cut":
        await this.#cut(request, part(request.body));
        return incoming.socket.destroy();
      case "answer lost":
        await this.#ask(request);
        return incoming.socket.destroy();
      case "answer cut": {
        const { status, headers, body } = await this.#ask(request);
        outgoing.writeHead(status, { ...headers, "content-length": String(body.length) });
        outgoing.write(part(body), () => incoming.socket.destroy());
        return;
      }
      case "refused before":
        return send(outgoing, refusal(status));
      case "refused after":
        await this.#ask(request);
        return send(outgoing, refusal(status));
      case "twice at once": {
        const [one] = await Promise.all([this.#ask(request), this.#ask(request)]);
        return send(outgoing, one);
      }
      case "twice in turn":
        await this.#ask(request);
        return send(outgoing, await this.#ask(request));
      case "twice and late": {
        send(outgoing, await this.#ask(request));
        const late = setTimeout(aWhile).then(() => this.#ask(request));
        this.#late.add(late);
        return void late.finally(() => this.#late.delete(late));
      }
      case "delayed":
        await setTimeout(aWhile);
        return send(outgoing, await this.#ask(request));
      case undefined:
        return send(outgoing, await this.#ask(request));
    }
  }

  /** The servers, in any order. */
  #inAnyOrder() {
    return this.#random() < 0.5 ? this.#servers : this.#servers.toReversed();
  }

  /** What a server answers; where one is not there, another. What a balancer answers, where one ends before it has. */
  async #ask(request: Passed): Promise<Answer> {
    for (const server of this.#inAnyOrder()) {
      try {
        return await this.#askOne(server, request);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") return refusal(502);
      }
    }
    return refusal(502);
  }

  #askOne(server: string, { method, url, headers, body }: Passed) {
    return new Promise<Answer>((answered, failed) => {
      const asking = ask(server + url, { method, headers, agent: false }, (answer) => {
        const { statusCode: status, headers } = answer;
        whole(answer).then((body) => answered({ status: status!, headers, body }), failed);
      });
      asking.on("error", failed);
      asking.end(body);
    });
  }

  /** Lets a server have a part of the body, and then nothing more. */
  #cut({ method, url, headers }: Passed, part: Buffer) {
    return new Promise<void>((done) => {
      const asking = ask(this.#inAnyOrder()[0] + url, { method, headers, agent: false });
      asking.on("error", () => done()).on("close", () => done());
      asking.write(part, () => asking.destroy());
    });
  }

  #upgrade(incoming: IncomingMessage, near: Duplex, head: Buffer) {
    const server = new URL(this.#inAnyOrder()[0]);
    const far: Socket = connect({ port: Number(server.port), host: server.hostname });
    const headers = incoming.rawHeaders.flatMap((name, at, all) => (at % 2 ? [] : [`${name}: ${all[at + 1]}`]));
    far.write([`GET ${incoming.url} HTTP/1.1`, ...headers, "", ""].join("\r\n"));
    far.write(head);
    this.#streams.add(near);
    for (const [from, into] of [[near, far], [far, near]] as const) {
      from.on("error", () => into.destroy()).on("close", () => into.destroy());
      from.pipe(into);
    }
    near.on("close", () => this.#streams.delete(near));
  }
}

async function whole(message: IncomingMessage) {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part);
  if (!message.complete) throw new Error("cut");
  return Buffer.concat(parts);
}

function send(outgoing: ServerResponse, { status, headers, body }: Answer) {
  const { "transfer-encoding": _, connection: __, ...rest } = headers;
  outgoing.writeHead(status, { ...rest, "content-length": String(body.length) });
  outgoing.end(body);
}

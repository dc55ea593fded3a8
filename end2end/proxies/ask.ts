// Requests to a deployment as a program sends them: on connections that it keeps, or on one of its own.
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request, type RequestOptions } from "node:https";

/** An app behind a proxy: its address, and the file with the authority that signed its certificate. */
export type Site = { url: string; ca: string };

export type Heard = {
  status: number;
  headers: IncomingMessage["headers"];
  body: string;
  /** Whether the connection to the proxy had been used before. */
  reused: boolean;
};

/** Sends a request and reads the answer to its end. Rejects where none comes. */
export function ask(site: Site, path: string, options: RequestOptions & { body?: string } = {}): Promise<Heard> {
  const { body, ...more } = options;
  const { promise, resolve, reject } = withResolvers<Heard>();
  const asked = request(`${site.url}${path}`, { ca: readFileSync(site.ca), timeout: 30_000, ...more });
  asked.on("error", reject);
  asked.on("timeout", () => asked.destroy(new Error("no answer in time")));
  asked.on("response", (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    answer.on("error", reject);
    answer.on("end", () =>
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text, reused: asked.reusedSocket }),
    );
  });
  asked.end(body);
  return promise;
}

/** Connections that are kept between requests. */
export const kept = () => new Agent({ keepAlive: true, scheduling: "fifo" });

/** Of Node.js 22; this project's tests run on 20. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

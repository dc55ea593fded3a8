// Where the server under test is, and what it is started with.
import { join } from "node:path";

/** Which of Playwright's workers this is. Each has an app and an AuthKit of its own: their faults are everybody's. */
const WORKER = Number(process.env.TEST_PARALLEL_INDEX ?? 0);

/** A port of a worker's: for the first the one that is written down. */
export const port = (written: number, worker = WORKER) => written + worker * 400;
/** The origin of a program of this worker's, at a port of its own. */
export const local = (written: number, worker = WORKER) => `http://localhost:${port(written, worker)}`;

/** The app, at ports that a running `script/server` does not have. script/try-proxies has it behind a proxy, whose address
 * this is then. */
export const APP = process.env.APP_URL ?? local(3180);
/** The AuthKit on this machine, started by the app. */
export const EMULATOR = process.env.EMULATOR_URL ?? local(3181);

/** The built server: script/test says where the one of its release build is; else it is the development one. */
export function serverBinary(): string {
  const target = process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, "../../target");
  return process.env.SERVER_BIN ?? join(target, "debug/starter");
}

/** Tells the AuthKit something, as its dashboard would. Gives what it answers. */
export async function tellAuthKit(path: string, body: unknown = {}) {
  const answer = await fetch(`${EMULATOR}/_emulator${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Registers the addresses of an app that has not started the AuthKit itself. */
export function register(app: string) {
  return tellAuthKit("/redirect_uris", { redirect_uri: `${app}/callback`, sign_out_uri: `${app}/signed-out` });
}

const WORKOS = [
  "CLIENT_ID", "API_KEY", "REDIRECT_URI", "REDIRECT_URIS", "COOKIE_PASSWORD", "COOKIE_PASSWORD_PREVIOUS", "COOKIE_NAME",
  "COOKIE_MAX_AGE", "COOKIE_DOMAIN", "COOKIE_SAMESITE", "API_HOSTNAME", "API_HTTPS", "API_PORT", "REFRESH_BUFFER",
  "WEBHOOK_SECRET", "TOKEN_AUDIENCE",
].map((name) => `WORKOS_${name}`);

/**
 * Everything the server is told. Set to nothing counts as not set, and keeps out what a shell or a
 * `.env` says about WorkOS.
 */
export function serverEnvironment(app: string, more: Record<string, string>): Record<string, string> {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(inherited),
    ...Object.fromEntries(WORKOS.map((name) => [name, ""])),
    LEPTOS_SITE_ROOT: process.env.SITE_ROOT ?? join(import.meta.dirname, "../../target/site"),
    LEPTOS_SITE_ADDR: `127.0.0.1:${new URL(app).port}`,
    LEPTOS_ENV: "DEV",
    DATABASE_URL: "",
    PORT: "",
    HOST: "",
    SIGN_IN_ALLOWED_DOMAINS: "",
    APP_URL: "",
    EMULATOR_URL: "",
    EMULATOR_SEED: "",
    BEARER_TOKENS: "",
    FRAME_ANCESTORS: "",
    RUST_LOG: "error",
    ...more,
  };
}

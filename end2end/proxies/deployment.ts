// An app as it is deployed: an AuthKit elsewhere, processes of the app that share a database, and a proxy in front that
// has the certificate and the public address.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Program, isWell } from "../tests/program.ts";
import { EMULATOR, register, serverBinary, serverEnvironment } from "../tests/server.ts";
import { ask } from "./ask.ts";
import { Wire } from "./wire.ts";

export type ProxyName = "nginx" | "caddy";

/** The proxy that script/try-proxies tries. */
export function proxyName(): ProxyName {
  const name = process.env.PROXY;
  if (name !== "nginx" && name !== "caddy") throw new Error("PROXY names no proxy. Run script/try-proxies.");
  return name;
}

const DOCUMENTED = join(import.meta.dirname, "../../docs/proxies");
/** Debian keeps nginx off the PATH of users. */
const PATH = [process.env.PATH, "/usr/sbin"].join(delimiter);
const PASSWORD = "hT4vQ0zWm8cYb3NfR6kXs1LdPj7uEg2A";
/** Caddy's health_interval, twice: until then it may know of no process that is well. */
const NOTICED = 2_000;

/** An AuthKit: the emulator of another server, of which nothing else is used. */
export class AuthKit {
  readonly #program: Program;
  readonly #folder = mkdtempSync(join(tmpdir(), "authkit-leptos-"));

  constructor(port: number) {
    const env = serverEnvironment(`http://localhost:${port}`, {
      EMULATOR_ADDR: `127.0.0.1:${new URL(EMULATOR).port}`,
      DATA_DIR: this.#folder,
    });
    this.#program = new Program(serverBinary(), [], env);
  }

  ready() {
    return this.#program.answers(() => fetch(EMULATOR).then((answer) => answer.ok));
  }

  async stop() {
    await this.#program.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A certificate for localhost, and the authority that signed it. */
class Certificate {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;

  constructor(folder: string) {
    const file = (name: string) => join(folder, name);
    const [caKey, request, extensions] = ["ca.key", "app.csr", "app.ext"].map(file);
    this.ca = file("ca.pem");
    this.certificate = file("app.pem");
    this.key = file("app.key");
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout"];
    const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
    openssl("req", "-x509", "-days", "2", "-subj", "/CN=Authority of script\\/try-proxies", ...key, caKey, "-out", this.ca);
    openssl("req", "-subj", "/CN=localhost", ...key, this.key, "-out", request);
    writeFileSync(extensions, "subjectAltName=DNS:localhost\n");
    openssl(
      "x509", "-req", "-days", "2", "-in", request, "-CA", this.ca, "-CAkey", caKey, "-CAcreateserial",
      "-extfile", extensions, "-out", this.certificate,
    );
  }
}

export type Options = {
  proxy: ProxyName;
  /** The proxy's port. The two processes of the app have the next two, and what is between them the two after those. */
  port: number;
  /** Seconds that the app keeps an idle connection. */
  appIdle?: number;
  /** Seconds that the proxy keeps one. */
  proxyIdle?: number;
  /** Seconds that a process drains before it stops. */
  drain?: number;
  /** Milliseconds from the proxy to the app, and back: 0 is the same machine. */
  distance?: number;
};

/** Two processes of the app on one database, and a proxy in front of them. */
export class Deployment {
  readonly url: string;
  readonly #certificate: Certificate;
  readonly #options: Options;
  readonly #folder = mkdtempSync(join(tmpdir(), "authkit-leptos-"));
  readonly #apps: Program[] = [];
  readonly #ports: number[];
  readonly #wires: Wire[] = [];
  #proxy: Program | undefined;

  private constructor(options: Options) {
    this.#options = options;
    this.url = `https://localhost:${options.port}`;
    this.#ports = [options.port + 1, options.port + 2];
    this.#certificate = new Certificate(this.#folder);
  }

  /** The file with the authority that signed the proxy's certificate. */
  get ca() {
    return this.#certificate.ca;
  }

  static async start(options: Options) {
    const deployment = new Deployment(options);
    try {
      await deployment.#start();
    } catch (error) {
      await deployment.stop();
      throw error;
    }
    return deployment;
  }

  /** How many connections the proxy has made to the app, where there is a distance between the two. */
  get connections() {
    return this.#wires.reduce((sum, wire) => sum + wire.carried, 0);
  }

  /** What the proxy has said of errors. */
  get log() {
    return this.#proxy?.log ?? "";
  }

  /** Stops a process of the app as a deployment does, starts it again, and waits until the proxy knows. */
  async restart(index: 0 | 1) {
    await this.#apps[index].stop();
    await this.#startApp(index);
    // No answer through the proxy says which processes it takes for healthy.
    await setTimeout(NOTICED);
  }

  async stop() {
    await this.#proxy?.stop();
    for (const wire of this.#wires) await wire.close();
    await Promise.all(this.#apps.map((app) => app.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start() {
    await register(this.url);
    // One after the other: the first makes the tables.
    await this.#startApp(0);
    await this.#startApp(1);
    const { distance = 0, port } = this.#options;
    const before = this.#ports.map((_, index) => port + 3 + index);
    if (distance) {
      for (const [index, from] of before.entries()) this.#wires.push(await Wire.between(from, this.#ports[index], distance));
    }
    const [command, ...args] = this.#configured(distance ? before : this.#ports);
    this.#proxy = new Program(command, args, { PATH, HOME: this.#folder });
    await this.#proxy.answers(async () => (await ask(this, "/healthz")).status === 200);
  }

  async #startApp(index: 0 | 1) {
    const origin = `http://127.0.0.1:${this.#ports[index]}`;
    const app = new Program(serverBinary(), [], {
      ...serverEnvironment(origin, {
        LEPTOS_ENV: "PROD",
        DATA_DIR: join(this.#folder, "data"),
        IDLE_TIMEOUT_SECONDS: String(this.#options.appIdle ?? 75),
        DRAIN_SECONDS: String(this.#options.drain ?? ""),
        TRUSTED_PROXIES: "127.0.0.1",
        WORKOS_CLIENT_ID: "client_emulator",
        WORKOS_API_KEY: "sk_test_emulator_not_a_secret",
        WORKOS_API_HOSTNAME: "localhost",
        WORKOS_API_HTTPS: "false",
        WORKOS_API_PORT: new URL(EMULATOR).port,
        WORKOS_REDIRECT_URI: `${this.url}/callback`,
        WORKOS_COOKIE_PASSWORD: PASSWORD,
      }),
    });
    this.#apps[index] = app;
    await app.answers(() => isWell(origin));
  }

  /** The documented configuration, with addresses and idle time of this deployment. What starts it. */
  #configured(apps: number[]): string[] {
    const { proxy, port, proxyIdle = 60 } = this.#options;
    const { certificate, key } = this.#certificate;
    const file = (name: string) => join(this.#folder, name);
    if (proxy === "nginx") {
      const site = replaced("nginx.conf", [
        ["127.0.0.1:3000", `127.0.0.1:${apps[0]}`],
        ["127.0.0.1:3001", `127.0.0.1:${apps[1]}`],
        ["keepalive_timeout 60s", `keepalive_timeout ${proxyIdle}s`],
        ["listen 80;", `listen 127.0.0.1:${port + 5};`],
        ["listen 443", `listen 127.0.0.1:${port}`],
        ["https://app.example.com$", `${this.url}$`],
        ["/etc/letsencrypt/live/app.example.com/fullchain.pem", certificate],
        ["/etc/letsencrypt/live/app.example.com/privkey.pem", key],
        ["app.example.com", "localhost"],
      ]);
      writeFileSync(file("site.conf"), site);
      mkdirSync(file("temp"));
      const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
      // As Debian's own nginx.conf has it around a site, but for what is kept where.
      const main = `
        daemon off; pid ${file("nginx.pid")}; error_log stderr error; worker_processes 1;
        ${userInfo().uid === 0 ? `user ${userInfo().username};` : ""}
        events { worker_connections 4096; }
        http {
          access_log off;
          ${temp.map((name) => `${name}_temp_path ${file(`temp/${name}`)};`).join("\n")}
          include ${file("site.conf")};
        }`;
      writeFileSync(file("nginx.conf"), main);
      return ["nginx", "-e", "stderr", "-p", this.#folder, "-c", file("nginx.conf")];
    }
    const site = replaced("Caddyfile", [
      ["127.0.0.1:3000 127.0.0.1:3001", apps.map((app) => `127.0.0.1:${app}`).join(" ")],
      ["keepalive 60s", `keepalive ${proxyIdle}s`],
      ["app.example.com {", `${this.url} {\n\tbind 127.0.0.1\n\ttls ${certificate} ${key}`],
    ]);
    writeFileSync(file("Caddyfile"), `{\n\tadmin off\n\thttp_port ${port + 5}\n\tlog {\n\t\tlevel ERROR\n\t}\n}\n${site}`);
    return ["caddy", "run", "--adapter", "caddyfile", "--config", file("Caddyfile")];
  }
}

/** A documented file with each of these replaced; each has to be there. */
function replaced(name: string, changes: [string, string][]) {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`docs/proxies/${name} has no ${from}`);
    return text.replaceAll(from, to);
  }, readFileSync(join(DOCUMENTED, name), "utf8"));
}

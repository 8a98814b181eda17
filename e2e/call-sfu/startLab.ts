import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { json } from "node:stream/consumers";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { silentLogger, systemClock } from "@conclave/kit";
import { createSfu, type Sfu, type SfuDeps } from "@conclave/sfu";
import { AccessToken } from "livekit-server-sdk";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";

/** A page with the call engine, and the SFU and authorisation service that it uses, all on one origin. */
export interface LabServer {
  readonly page: Page;
  readonly console: readonly string[];
  /** Paths asked of the token service so far. */
  readonly tokenRequests: readonly string[];
  /** Upgrades of the SFU's signalling so far. */
  readonly sockets: number;
  /** Ends the SFU without a word, as SIGKILL would. */
  killSfu(): Promise<void>;
  /** Starts another SFU, which knows nothing, at the same address. */
  startSfu(): Promise<void>;
  /** Cuts all signalling connections; the SFU lives. */
  dropSockets(): void;
  close(): Promise<void>;
}

const API_KEY = "devkey";
const API_SECRET = "secret-of-at-least-32-characters";
const OUTPUT = fileURLToPath(new URL("../artifacts/call-sfu", import.meta.url));
const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

/** Builds the page once. */
export async function buildLab(): Promise<void> {
  await build({
    configFile: false,
    root: fileURLToPath(new URL("page", import.meta.url)),
    logLevel: "warn",
    resolve: { conditions: ["source", "module", "browser"] },
    worker: { format: "es" },
    build: { outDir: OUTPUT, emptyOutDir: true, target: "es2023", chunkSizeWarningLimit: 10_000, minify: false },
  });
}

export async function startLab(tap?: SfuDeps["tap"]): Promise<LabServer> {
  const service = new LabService(tap);
  await service.startSfu();
  const server = createServer((request, response) => void service.answer(request, response));
  server.on("upgrade", (request, socket, head) => service.upgrade(request, socket, head));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://localhost:${portOf(server)}`;
  const browser = await launch();
  const page = await browser.newPage();
  const lines: string[] = [];
  page.on("console", (message) => lines.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => lines.push(`page error: ${error.message}`));
  await page.goto(`${url}/index.html`);
  await page.waitForFunction(() => "lab" in window);
  return {
    page,
    console: lines,
    tokenRequests: service.tokenRequests,
    get sockets() {
      return service.sockets;
    },
    killSfu: () => service.killSfu(),
    startSfu: () => service.startSfu(),
    dropSockets: () => service.dropSockets(),
    async close() {
      await browser.close();
      await service.killSfu();
      server.closeAllConnections();
      server.close();
    },
  };
}

class LabService {
  readonly tokenRequests: string[] = [];
  sockets = 0;
  readonly #tap: SfuDeps["tap"];
  #sfu: Sfu | undefined;
  readonly #open = new Set<{ destroy(): void }>();

  constructor(tap: SfuDeps["tap"]) {
    this.#tap = tap;
  }

  async startSfu(): Promise<void> {
    this.#sfu = await createSfu(
      {
        clock: systemClock,
        randomBytes: (lengthBytes) => randomBytes(lengthBytes),
        logger: silentLogger,
        ...(this.#tap && { tap: this.#tap }),
      },
      {
        apiKeys: { [API_KEY]: API_SECRET },
        mediaPort: 0,
        mediaHost: "127.0.0.1",
        announce: [],
        workerBin: process.env["MEDIASOUP_WORKER_BIN"] ?? "",
        autoCreateRooms: true,
      },
    );
  }

  async killSfu(): Promise<void> {
    const sfu = this.#sfu;
    this.#sfu = undefined;
    this.dropSockets();
    await sfu?.close();
  }

  dropSockets(): void {
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.sockets += 1;
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    if (this.#sfu) this.#sfu.handleUpgrade(request, socket, head, request.url ?? "/");
    else socket.destroy();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    if (url.pathname.startsWith("/jwt")) return this.#grant(url, request, response);
    if (url.pathname.startsWith("/rtc")) return void response.writeHead(this.#sfu ? 404 : 503).end();
    const file = join(OUTPUT, url.pathname);
    const content = await readFile(file).catch(() => undefined);
    if (!content) return void response.writeHead(404).end();
    response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream").end(content);
  }

  async #grant(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.tokenRequests.push(url.pathname);
    if (!this.#sfu) return void response.writeHead(502).end();
    const body = (await json(request)) as GrantBody;
    const identity = url.searchParams.get("identity") ?? identityOf(url.searchParams.get("user"), body);
    const token = new AccessToken(API_KEY, API_SECRET, { identity, ttl: 600 });
    token.addGrant({ roomJoin: true, room: body.room ?? body.room_id ?? "", canUpdateOwnMetadata: true });
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ url: `ws://${request.headers.host}`, jwt: await token.toJwt() }));
  }
}

/** Of `/sfu/get` or of `/get_token`. */
interface GrantBody {
  readonly room?: string;
  readonly device_id?: string;
  readonly room_id?: string;
  readonly member?: { readonly id: string; readonly claimed_device_id: string };
}

/** @see MSC4195 */
function identityOf(user: string | null, { device_id, member }: GrantBody): string {
  if (!member) return `${user}:${device_id}`;
  const parts = JSON.stringify([user, member.claimed_device_id, member.id]);
  return createHash("sha256").update(parts).digest("base64").replace(/=+$/, "");
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--mute-audio",
      "--autoplay-policy=no-user-gesture-required",
      "--allow-loopback-in-peer-connection",
    ],
  });
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}

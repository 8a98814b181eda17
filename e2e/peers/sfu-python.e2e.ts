import { once } from "node:events";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

import { Bot, type BotOptions, type ContractServer, serveOwn, tokenFor, until } from "@conclave/sfu/contract";
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from "vitest";

import { type SpawnedPeer, spawnPeer } from "./sfuPeer.ts";

const OBTAIN = fileURLToPath(new URL("../../infra/peers/livekitPythonMain.mjs", import.meta.url));
const MEMBER = fileURLToPath(new URL("sfuPythonMember.py", import.meta.url));
const KEY = "a key that both know";

interface Told {
  readonly event: string;
  readonly of?: string;
  readonly text?: string;
}

/** A participant on LiveKit's Python SDK in a process of its own. */
class PythonMember {
  readonly told: Told[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #errors = "";

  constructor(python: string, args: readonly string[]) {
    this.#child = spawn(python, [MEMBER, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    let text = "";
    this.#child.stderr.setEncoding("utf8").on("data", (part: string) => (this.#errors += part));
    this.#child.stdout.setEncoding("utf8").on("data", (part: string) => {
      const lines = (text + part).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) this.told.push(JSON.parse(line) as Told);
    });
  }

  async tells(event: string, accept: (told: Told) => boolean = () => true): Promise<void> {
    await until(() => this.told.some((told) => told.event === event && accept(told)), `Python tells ${event}`).catch(
      (fault: unknown) => {
        throw new Error(`${String(fault)}\n${this.#errors.slice(-2000)}`);
      },
    );
  }

  order(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.order("leave");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await once(this.#child, "exit");
    clearTimeout(timer);
  }
}

describe("LiveKit's Python SDK on our SFU", () => {
  let own: ContractServer & { close(): Promise<void> };
  let sdk: SpawnedPeer<{ python: string }>;
  const endings: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    sdk = await spawnPeer("node", [OBTAIN]);
    own = await serveOwn();
  });

  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
  });

  afterAll(async () => {
    await own.close();
    await sdk.close();
  });

  async function joinPython(context: TestContext, room: string, key = ""): Promise<PythonMember> {
    if (!sdk.said) return context.skip(sdk.why);
    const token = await tokenFor(own, { identity: "python", room });
    const member = new PythonMember(sdk.said.python, [own.url, token, key]);
    endings.push(() => member.end());
    await member.tells("published");
    return member;
  }

  async function joinBot(room: string, options: BotOptions = {}): Promise<Bot> {
    const bot = await Bot.join(own.url, await tokenFor(own, { identity: "bot", room }), options);
    endings.push(() => bot.leave());
    return bot;
  }

  it("publishes and subscribes, mutes, shares a screen and sends data", async (context) => {
    const python = await joinPython(context, "plain");
    const bot = await joinBot("plain");
    await bot.publishTone();

    await Promise.all([bot.receives("python", 20), python.tells("heard", ({ of }) => of === "bot")]);
    python.order("mute");
    await until(() => bot.publications("python")[0]?.muted === true, "the bot sees it muted");
    python.order("unmute");
    await until(() => bot.publications("python")[0]?.muted === false, "the bot sees it unmuted");
    python.order("share");
    await until(() => bot.publications("python").length === 2, "the screen is there");
    const screen = bot.publications("python").find(({ name }) => name === "screen");
    await bot.receives("python", 5, screen?.sid);
    python.order("say hello");
    expect(await bot.hears("hello")).toMatchObject({ from: "python", topic: "chat" });
    await bot.say("hello back", { topic: "chat" });
    await python.tells("data", ({ text }) => text === "hello back");
  });

  it("resumes and starts anew", async (context) => {
    const python = await joinPython(context, "again");
    const bot = await joinBot("again");
    await bot.receives("python", 20);
    const sid = bot.peer("python")?.sid;
    python.order("resume");
    await python.tells("reconnected");
    expect(bot.peer("python")?.sid).toBe(sid);

    await bot.receives("python", 20);
    python.order("restart");

    await bot.meets("python", (peer) => peer.sid !== sid);
    await bot.receives("python", 20);
  });

  it("sends and receives encrypted media", async (context) => {
    const python = await joinPython(context, "secret", KEY);
    const keyProviderOptions = { sharedKey: new TextEncoder().encode(KEY) };
    const bot = await joinBot("secret", { encryption: { keyProviderOptions } });
    await bot.publishTone();

    await Promise.all([bot.receives("python", 20), python.tells("heard", ({ of }) => of === "bot")]);
    expect(bot.publications("python")[0]?.encryptionType).toBe(1);
  });
});

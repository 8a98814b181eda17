import { type Logger, Scope } from "@conclave/kit";
import { FakeClock, seededRandom, settlePromises } from "@conclave/kit/testing";
import { FakeMatrix, type FakeMatrixUser, type FakeRoom } from "@conclave/matrix-rtc/testing";

import type { CallDeps } from "../deps.ts";
import { joinCall } from "../joinCall.ts";
import type { Call, JoinOptions } from "../model.ts";
import { type Lobby, openLobby } from "../openLobby.ts";
import { FakeFrameCrypto } from "./FakeFrameCrypto.ts";
import { FakeSfu } from "./FakeSfu.ts";
import { fakeTrack } from "./fakeTracks.ts";
import { FakeTokenService } from "./FakeTokenService.ts";

/** One device in a test call. */
export interface TestDevice {
  readonly name: string;
  readonly identity: string;
  readonly user: FakeMatrixUser;
  readonly deps: CallDeps;
  /** The frame crypto of the newest join. */
  readonly crypto: () => FakeFrameCrypto | undefined;
}

/** A device whose lobby is open. */
export interface TestPerson extends TestDevice {
  readonly lobby: Lobby;
  /** The lobby's. */
  readonly scope: Scope;
  join(options?: Partial<JoinOptions>): Promise<Call>;
}

const SERVICE_URL = "https://rtc.hs.example/livekit/jwt";

/** A homeserver, an authorisation service and an SFU in memory on a fake clock, and people who call. */
export class TestCall {
  readonly clock: FakeClock = new FakeClock();
  readonly homeserver: FakeMatrix;
  readonly room: FakeRoom;
  readonly sfu: FakeSfu = new FakeSfu();
  readonly tokens: FakeTokenService;
  readonly logs: string[] = [];
  readonly #lobbies: Scope[] = [];
  #devices = 0;

  constructor({ isEncrypted = true }: { readonly isEncrypted?: boolean } = {}) {
    const transports = [{ type: "livekit", livekit_service_url: SERVICE_URL }];
    this.homeserver = new FakeMatrix(this.clock, { transports });
    this.room = this.homeserver.createRoom({ isEncrypted, name: "Standup" });
    this.tokens = new FakeTokenService(SERVICE_URL, () => this.clock.nowMs());
  }

  /** A device that is in the room, without a lobby. */
  arrive(name: string, overrides: Partial<CallDeps> = {}): TestDevice {
    const user = this.homeserver.connect(`@${name}:hs.example`, `${name.toUpperCase()}DEV`);
    this.room.join(user.self.userId, { displayName: name });
    const random = seededRandom(name.length + 7919 * this.#devices++);
    let crypto: FakeFrameCrypto | undefined;
    const deps: CallDeps = {
      matrix: user,
      sfu: this.sfu,
      createFrameCrypto: (policy) => (crypto = new FakeFrameCrypto(policy)),
      clock: this.clock,
      randomBytes: (lengthBytes) => random.bytes(lengthBytes),
      fetch: this.tokens.fetchAs(user.self.userId),
      logger: collectingLogger(this.logs),
      ...overrides,
    };
    const identity = `${user.self.userId}:${user.self.deviceId}`;
    return { name, identity, user, deps, crypto: () => crypto };
  }

  /** A person who has opened the lobby. */
  async enter(name: string, overrides: Partial<CallDeps> = {}): Promise<TestPerson> {
    const device = this.arrive(name, overrides);
    const scope = new Scope();
    this.#lobbies.push(scope);
    const { roomId } = this.room;
    const lobby = openLobby(device.deps, { roomId }, scope);
    await settlePromises();
    return {
      ...device,
      lobby,
      scope,
      join: (options) => joinCall(device.deps, { roomId, microphone: fakeTrack("audio"), ...options }, lobby),
    };
  }

  /** Enters and joins. */
  async join(name: string, options?: Partial<JoinOptions>): Promise<TestPerson & { readonly call: Call }> {
    const person = await this.enter(name);
    const call = await person.join(options);
    await this.settle();
    return { ...person, call };
  }

  /** Lets everything that is under way arrive, and frames flow once. */
  async settle(): Promise<void> {
    await this.clock.advance(20);
    this.sfu.pump();
    await settlePromises();
  }

  async end(): Promise<void> {
    await Promise.all(this.#lobbies.map((scope) => scope.end()));
  }
}

function collectingLogger(lines: string[]): Logger {
  const write =
    (level: string) =>
    (message: string, fields: object = {}): void => {
      lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
    };
  const logger: Logger = {
    error: write("error"),
    warn: write("warn"),
    info: write("info"),
    debug: write("debug"),
    child: () => logger,
  };
  return logger;
}

import { type Call, type CallDeps, joinCall, type Lobby, openLobby } from "@conclave/call";
import { createLivekitClientSfu } from "@conclave/call/livekitClientSfu";
import { createFrameCryptoHost } from "@conclave/frame-crypto/page";
import { type Logger, Scope, systemClock } from "@conclave/kit";
import type { MembershipLayer } from "@conclave/matrix-rtc";
import { FakeMatrix, type FakeRoom } from "@conclave/matrix-rtc/testing";

import { type Colour, createPicture, createTone, Screen } from "./media.ts";

/** What a test reads of one person's call. */
export interface SeenCall {
  readonly state: string;
  readonly trust: Call["trust"] extends { get(): infer Value } ? Value : never;
  readonly members: readonly {
    readonly displayName: string;
    readonly isSelf: boolean;
    readonly presence: string;
    readonly decryption: string;
    readonly colour: Colour | undefined;
    readonly framesShown: number;
    readonly hasMicrophone: boolean;
    readonly isMicrophoneMuted: boolean;
    readonly pixels: readonly [number, number];
  }[];
  readonly statistics: Call["statistics"] extends { get(): infer Value } ? Value : never;
  readonly timings: Readonly<Record<string, number>>;
}

interface Person {
  readonly deps: CallDeps;
  readonly lobby: Lobby;
  readonly scope: Scope;
  readonly screens: Map<string, Screen>;
  call: Call | undefined;
}

export interface JoinWishes {
  readonly colour?: Colour;
  readonly toneHz?: number;
  readonly layer?: MembershipLayer;
}

/** People in one page who call over a real SFU; their homeserver is in memory. */
export class CallLab {
  readonly logs: string[] = [];
  readonly #homeserver: FakeMatrix;
  readonly #people = new Map<string, Person>();
  readonly #scope = new Scope();
  #room: FakeRoom | undefined;

  constructor() {
    const transports = [{ type: "livekit", livekit_service_url: `${location.origin}/jwt` }];
    this.#homeserver = new FakeMatrix(systemClock, { transports });
  }

  openRoomOnce(isEncrypted: boolean): void {
    this.#room ??= this.#homeserver.createRoom({ isEncrypted });
  }

  /** Opens the lobby and waits until everything is prepared. */
  async enter(name: string): Promise<void> {
    const room = this.#present();
    const user = this.#homeserver.connect(`@${name}:hs.example`, `${name.toUpperCase()}DEV`);
    room.join(user.self.userId, { displayName: name });
    const deps = this.#deps(name, user);
    const scope = new Scope();
    const lobby = openLobby(deps, { roomId: room.roomId }, scope);
    this.#people.set(name, { deps, lobby, scope, screens: new Map(), call: undefined });
    const { serviceUrl } = await lobby.prepared.transport();
    const { authorizer } = await lobby.prepared.takePlace();
    await authorizer.grantFor(serviceUrl, "publish");
  }

  /** @returns how long `joinCall` took, in ms */
  async join(name: string, { colour, toneHz, layer }: JoinWishes = {}): Promise<number> {
    const person = this.#person(name);
    const camera = colour && createPicture(this.#scope, colour);
    const microphone = toneHz === undefined ? undefined : createTone(this.#scope, toneHz);
    const startedAtMs = performance.now();
    const options = {
      roomId: this.#present().roomId,
      ...(camera && { camera }),
      ...(microphone && { microphone }),
      ...(layer && { layer }),
    };
    person.call = await joinCall(person.deps, options, person.lobby);
    return performance.now() - startedAtMs;
  }

  see(name: string): SeenCall {
    const { call, screens } = this.#person(name);
    if (!call) throw new Error(`${name} is not in the call`);
    return {
      state: JSON.stringify(call.state.get()),
      trust: call.trust.get(),
      members: call.members.get().map((member) => {
        const track = member.camera?.isMuted === false ? member.camera.track : undefined;
        const screen = track && !member.isSelf ? screenFor(track, screens, this.#scope) : undefined;
        return {
          displayName: member.displayName,
          isSelf: member.isSelf,
          presence: member.presence,
          decryption: member.decryption,
          colour: screen?.colour(),
          framesShown: screen?.framesShown ?? 0,
          hasMicrophone: member.microphone?.track !== undefined,
          isMicrophoneMuted: member.microphone?.isMuted ?? true,
          pixels: screen?.size ?? [0, 0],
        };
      }),
      statistics: call.statistics.get(),
      timings: Object.fromEntries(call.timings),
    };
  }

  call(name: string): Call {
    const { call } = this.#person(name);
    if (!call) throw new Error(`${name} is not in the call`);
    return call;
  }

  async setCamera(name: string, colour: Colour | undefined): Promise<void> {
    await this.call(name).setCamera(colour && createPicture(this.#scope, colour));
  }

  setVideoSizes(name: string, width: number, height: number): void {
    const call = this.call(name);
    for (const { camera } of call.members.get()) if (camera) call.setVideoSize(camera.sid, { width, height });
  }

  requestsOf(name: string): readonly string[] {
    const { matrix } = this.#person(name).deps;
    return (matrix as ReturnType<FakeMatrix["connect"]>).requests;
  }

  #deps(name: string, matrix: CallDeps["matrix"]): CallDeps {
    const logger = this.#logger(name);
    return {
      matrix,
      sfu: createLivekitClientSfu({ clock: systemClock, logger }),
      createFrameCrypto: (policy) => createFrameCryptoHost({ createWorker, policy, logger }),
      clock: systemClock,
      randomBytes: (lengthBytes) => crypto.getRandomValues(new Uint8Array(lengthBytes)),
      // The fake homeserver's OpenID tokens do not say whose they are, so the test's service is told.
      fetch: (input, init) => fetch(`${input as string}?user=${encodeURIComponent(matrix.self.userId)}`, init),
      logger,
    };
  }

  #logger(name: string): Logger {
    const write =
      (level: string) =>
      (message: string, fields: object = {}): void => {
        this.logs.push(`${name} ${level} ${message} ${JSON.stringify(fields)}`);
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

  #present(): FakeRoom {
    if (!this.#room) throw new Error("No room is open");
    return this.#room;
  }

  #person(name: string): Person {
    const person = this.#people.get(name);
    if (!person) throw new Error(`${name} has not entered`);
    return person;
  }
}

function createWorker(): Worker {
  return new Worker(new URL("@conclave/frame-crypto/worker", import.meta.url), { type: "module" });
}

function screenFor(track: MediaStreamTrack, screens: Map<string, Screen>, scope: Scope): Screen {
  const known = screens.get(track.id) ?? new Screen(scope, track);
  screens.set(track.id, known);
  return known;
}

import { recordEvents } from "@conclave/kit/testing";
import { Scope } from "@conclave/kit";

import type { SfuClient, SfuConnection, SfuGrant, SfuPublication, TrackGuard, TrackSource } from "../sfu/ports.ts";

/** What the suite needs to try an `SfuClient`. Each scenario gets a harness of its own. */
export interface SfuSuiteHarness {
  readonly client: SfuClient;
  /** A grant for a room that all grants of this harness share. */
  grantFor(identity: string): Promise<SfuGrant>;
  createTrack(kind: "audio" | "video"): MediaStreamTrack;
  /** Resolves when the condition holds; rejects, saying `what`, when it does not come to hold. */
  until(what: string, condition: () => boolean): Promise<void>;
}

export interface SfuScenario {
  readonly name: string;
  /** Rejects if the client does not do what the name says. */
  run(harness: SfuSuiteHarness): Promise<void>;
}

/** The contract of `SfuClient`: what every adapter does, whatever is behind it. Runs under any test runner. */
export const sfuClientSuite: readonly SfuScenario[] = [
  scenario("shows participants to each other", async (people) => {
    const alice = await people.connect("alice");
    const bob = await people.connect("bob");

    await people.until("alice sees bob", () => sees(alice, "bob"));
    await people.until("bob sees alice", () => sees(bob, "alice"));
    check(alice.ownIdentity === "alice" && alice.state.get() === "connected", "alice is connected as alice");
  }),
  scenario("hands sender and receiver to the guard before the track is there for anybody", async (people) => {
    const alice = await people.connect("alice");
    const bob = await people.connect("bob");

    await alice.publish(people.createTrack("video"), { source: "camera" });
    check(people.guarded("alice").includes("sender camera"), "the sender was guarded when publish resolved");
    await people.until("bob gets the track", () => find(bob, "alice", "camera")?.track !== undefined);

    check(people.guarded("bob").includes("receiver camera alice"), "the receiver was guarded when the track appeared");
  }),
  scenario("tells of mute and unmute", async (people) => {
    const alice = await people.connect("alice");
    const bob = await people.connect("bob");
    const microphone = await alice.publish(people.createTrack("audio"), { source: "microphone", isMuted: true });
    await people.until("bob sees it muted", () => find(bob, "alice", "microphone")?.isMuted === true);

    await microphone.setMuted(false);
    await people.until("bob sees it open", () => find(bob, "alice", "microphone")?.isMuted === false);
    await microphone.setMuted(true);

    await people.until("bob sees it muted again", () => find(bob, "alice", "microphone")?.isMuted === true);
  }),
  scenario("takes an unpublished track away and can publish the next", async (people) => {
    const alice = await people.connect("alice");
    const bob = await people.connect("bob");
    const camera = await alice.publish(people.createTrack("video"), { source: "camera" });
    await people.until("bob sees it", () => find(bob, "alice", "camera")?.track !== undefined);

    await camera.unpublish();
    await people.until("it is gone", () => find(bob, "alice", "camera") === undefined);
    await alice.publish(people.createTrack("video"), { source: "camera" });

    await people.until("bob sees the next", () => find(bob, "alice", "camera")?.track !== undefined);
  }),
  scenario("publishes nothing whose sender the guard refuses", async (people) => {
    const alice = await people.connect("alice", { refuse: "sender" });
    const bob = await people.connect("bob");

    const isPublished = await alice.publish(people.createTrack("video"), { source: "camera" }).then(
      () => true,
      () => false,
    );

    check(!isPublished, "publish rejects");
    check(find(bob, "alice", "camera")?.track === undefined, "nobody gets the track");
  }),
  scenario("shows no track whose receiver the guard refuses", async (people) => {
    const alice = await people.connect("alice");
    const bob = await people.connect("bob", { refuse: "receiver" });

    await alice.publish(people.createTrack("video"), { source: "camera" });
    await people.until("bob hears of it", () => find(bob, "alice", "camera") !== undefined);
    await people.until("the guard was asked", () => people.guarded("bob").includes("refused receiver camera alice"));

    check(find(bob, "alice", "camera")?.track === undefined, "the track stays hidden");
  }),
  scenario("ends with its scope, and is gone for the others", async (people) => {
    const alice = await people.connect("alice");
    const bob = await people.connect("bob");
    await people.until("alice sees bob", () => sees(alice, "bob"));

    await people.leave("bob");
    check(bob.state.get() === "ended", "bob's connection has ended");

    await people.until("alice sees bob no more", () => !sees(alice, "bob"));
  }),
  scenario("ends the older connection of an identity that connects again, and says why", async (people) => {
    const older = await people.connect("alice");
    const reasons = recordEvents(people.scope, older.ended);

    await people.connect("alice");

    await people.until("the older one has ended", () => older.state.get() === "ended");
    check(reasons[0]?.reason === "duplicate_identity", `the reason is duplicate_identity, not ${reasons[0]?.reason}`);
  }),
];

function scenario(name: string, run: (people: SuitePeople) => Promise<void>): SfuScenario {
  return {
    name,
    async run(harness) {
      const people = new SuitePeople(harness);
      try {
        await run(people);
      } finally {
        await people.scope.end();
      }
    },
  };
}

class SuitePeople {
  readonly scope: Scope = new Scope();
  readonly #harness: SfuSuiteHarness;
  readonly #scopes = new Map<string, Scope>();
  readonly #guarded = new Map<string, string[]>();

  constructor(harness: SfuSuiteHarness) {
    this.#harness = harness;
  }

  async connect(identity: string, { refuse }: { refuse?: "sender" | "receiver" } = {}): Promise<SfuConnection> {
    const grant = await this.#harness.grantFor(identity);
    const scope = this.scope.child();
    this.#scopes.set(identity, scope);
    const seen: string[] = [];
    this.#guarded.set(identity, seen);
    return this.#harness.client.connect(grant, { guard: recordingGuard(seen, refuse) }, scope);
  }

  /** What this participant's guard has been given. */
  guarded(identity: string): readonly string[] {
    return this.#guarded.get(identity) ?? [];
  }

  leave(identity: string): Promise<void> {
    return this.#scopes.get(identity)?.end() ?? Promise.resolve();
  }

  createTrack(kind: "audio" | "video"): MediaStreamTrack {
    return this.#harness.createTrack(kind);
  }

  until(what: string, condition: () => boolean): Promise<void> {
    return this.#harness.until(what, condition);
  }
}

function recordingGuard(seen: string[], refuse: "sender" | "receiver" | undefined): TrackGuard {
  const note = (end: "sender" | "receiver", what: string): void => {
    seen.push(refuse === end ? `refused ${what}` : what);
    if (refuse === end) throw new TypeError("The guard refuses");
  };
  return {
    isEncrypted: false,
    protectSender: (_sender, { source }) => note("sender", `sender ${source}`),
    protectReceiver: (_receiver, { identity, source }) => note("receiver", `receiver ${source} ${identity}`),
  };
}

function sees(viewer: SfuConnection, identity: string): boolean {
  return viewer.participants.get().some((participant) => participant.identity === identity);
}

function find(viewer: SfuConnection, identity: string, source: TrackSource): SfuPublication | undefined {
  const participant = viewer.participants.get().find((candidate) => candidate.identity === identity);
  return participant?.publications.find((publication) => publication.source === source);
}

function check(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`Expected that ${what}`);
}

import { seededRandom } from "@conclave/kit/testing";
import { vi } from "vitest";

import { ConclaveClient } from "./ConclaveClient.ts";
import { JsSdkClient } from "./JsSdkClient.ts";
import { LEAVE_DELAY_MS, memberLine, type RtcClient, type SharedLayer } from "./RtcClient.ts";
import type { TestRoom, TestUser } from "./TestRoom.ts";

/** `crash`: dies in the call; `reload`: dies in the call and joins again at once, as another device. */
export type Action = "join" | "leave" | "refresh" | "crash" | "reload";

export interface WalkOptions {
  /** In which form those of each kind join. */
  readonly layers: Readonly<Record<RtcClient["kind"], SharedLayer>>;
  readonly steps: number;
  readonly seed: number;
  /** What somebody in the call does; who is out of it can only join. Repeat one to make it likelier. */
  readonly actions: readonly Action[];
}

/** A place for one client of one user at a time. */
interface Seat {
  readonly user: TestUser;
  readonly start: () => Promise<RtcClient>;
  client: RtcClient;
  /** Present while it is in the call. */
  membership: { readonly memberId: string; readonly intent: "audio" | "video" } | undefined;
}

export interface WalkReport {
  /** By kind and action. */
  readonly counts: Readonly<Record<string, number>>;
  /** How often one client's list was found to be what it must be. */
  readonly comparisons: number;
  /** The longest that all lists took to be right: after a death, and else. */
  readonly slowestMs: Readonly<Record<"death" | "other", number>>;
  /** The shortest that a member who died stayed listed. */
  readonly fastestDeathMs: number;
  readonly tookMs: number;
}

/** What all lists may take to be right, beyond the delay of a leave that must fire. */
const PATIENCE_MS = 6_000;
const POLL_MS = 20;
const MEETING_MS = 20_000;
/** How often two act at the same time. */
const PAIR_SHARE = 0.25;

/**
 * Lets clients of both kinds join, leave, die and refresh in a random order that the seed decides, and compares after
 * each step what every client sees, in the call or not, with what is the case.
 *
 * @throws if a list is not right in time, with the end of the story
 */
export async function walk(room: TestRoom, options: WalkOptions): Promise<WalkReport> {
  const seats = await takeSeats(room);
  if (room.isEncrypted) await meet(seats.map(({ client }) => client));
  const walker = new Walker(options, seats);
  try {
    for (let step = 0; step < options.steps; step++) await walker.step();
    return walker.report();
  } finally {
    walker.end();
  }
}

function takeSeats(room: TestRoom): Promise<readonly Seat[]> {
  const starts = room.users.flatMap((user) =>
    [ConclaveClient, JsSdkClient].map((Kind) => ({ user, start: (): Promise<RtcClient> => Kind.start(room, user) })),
  );
  return Promise.all(starts.map(async (seat) => ({ ...seat, client: await seat.start(), membership: undefined })));
}

/** What is encrypted before a device is known cannot be read by it. */
async function meet(clients: readonly RtcClient[]): Promise<void> {
  for (const client of clients) {
    const meeting = async (): Promise<void> => {
      if (!(await client.canReach(clients))) throw new Error(`${nameOf(client)} does not know all devices`);
    };
    await vi.waitFor(meeting, { timeout: MEETING_MS, interval: POLL_MS });
  }
}

class Walker {
  readonly #options: WalkOptions;
  readonly #seats: readonly Seat[];
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #counts = new Map<string, number>();
  readonly #story: string[] = [];
  readonly #deathsMs: number[] = [];
  readonly #othersMs: number[] = [];
  readonly #startedMs = performance.now();
  #comparisons = 0;

  constructor(options: WalkOptions, seats: readonly Seat[]) {
    this.#options = options;
    this.#seats = seats;
    this.#random = seededRandom(options.seed);
  }

  async step(): Promise<void> {
    const first = this.#pick(this.#seats);
    const others = this.#seats.filter((seat) => seat !== first);
    const acting = this.#random.next() < PAIR_SHARE ? [first, this.#pick(others)] : [first];
    const moves = acting.map((seat) => ({ seat, action: this.#chooseAction(seat) }));
    const what = moves.map(({ seat, action }) => this.#note(seat, action)).join(" and ");
    this.#story.push(what);
    const startedMs = performance.now();
    await Promise.all(moves.map(({ seat, action }) => this.#perform(seat, action)));
    await this.#expectAgreement();
    const isDeath = moves.some(({ action }) => action === "crash" || action === "reload");
    (isDeath ? this.#deathsMs : this.#othersMs).push(Math.round(performance.now() - startedMs));
  }

  report(): WalkReport {
    return {
      counts: Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      comparisons: this.#comparisons,
      slowestMs: { death: Math.max(0, ...this.#deathsMs), other: Math.max(0, ...this.#othersMs) },
      fastestDeathMs: Math.min(...this.#deathsMs),
      tookMs: Math.round(performance.now() - this.#startedMs),
    };
  }

  end(): void {
    for (const { client } of this.#seats) client.kill();
  }

  #pick<T>(of: readonly T[]): T {
    const picked = of[Math.floor(this.#random.next() * of.length)];
    if (picked === undefined) throw new Error("There is nothing to pick from");
    return picked;
  }

  #chooseAction({ membership }: Seat): Action {
    return membership ? this.#pick(this.#options.actions) : "join";
  }

  #note({ client }: Seat, action: Action): string {
    const key = `${client.kind} ${action}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    return `${action} ${nameOf(client)} (${client.kind})`;
  }

  async #perform(seat: Seat, action: Action): Promise<void> {
    const { client, membership } = seat;
    switch (action) {
      case "join":
        seat.membership = { memberId: await client.join(this.#options.layers[client.kind]), intent: "audio" };
        return;
      case "refresh":
        if (membership) seat.membership = { ...membership, intent: membership.intent === "audio" ? "video" : "audio" };
        return client.refresh();
      case "leave":
        seat.membership = undefined;
        return client.leave();
      default:
        seat.membership = undefined;
        client.kill();
        // Whoever died comes back as another device, and sees its ghost vanish with the others.
        seat.client = await seat.start();
        if (action === "reload") await this.#perform(seat, "join");
    }
  }

  async #expectAgreement(): Promise<void> {
    const expected = this.#seats
      .flatMap(({ client: { userId, deviceId }, membership }) =>
        membership ? [memberLine({ userId, deviceId, ...membership })] : [],
      )
      .toSorted();
    const timeout = LEAVE_DELAY_MS + PATIENCE_MS;
    for (const { client } of this.#seats) {
      await vi.waitFor(() => this.#expectList(client, expected), { timeout, interval: POLL_MS });
      this.#comparisons++;
    }
  }

  #expectList(client: RtcClient, expected: readonly string[]): void {
    const seen = client.members().toSorted();
    if (seen.join() === expected.join()) return;
    const lines = ["sees", ...seen, "instead of", ...expected, `Story, seed ${this.#options.seed}:`];
    throw new Error([`${nameOf(client)} (${client.kind})`, ...lines, ...this.#story.slice(-10)].join("\n  "));
  }
}

/** `@u1/DEV`. */
function nameOf({ userId, deviceId }: RtcClient): string {
  return `${userId.replace(/-[0-9a-f]{8}:.*$/, "")}/${deviceId}`;
}

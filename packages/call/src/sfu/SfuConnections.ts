import {
  computed,
  effect,
  type ReadonlySignal,
  type Scope,
  signal,
  until,
  untracked,
  type WritableSignal,
} from "@conclave/kit";
import type { RtcMember } from "@conclave/matrix-rtc";

import type { GrantUse } from "../authorizeSfu.ts";
import type { CallError, CallErrorCode } from "../errors.ts";
import { isSameKeys } from "../isSameKeys.ts";
import { type KeeperDeps, type KeeperStatus, keepConnected } from "./keepConnected.ts";
import type { SfuConnection, SfuParticipant } from "./ports.ts";

interface Kept {
  readonly status: ReadonlySignal<KeeperStatus>;
  readonly scope: Scope;
}

/** More SFUs than this in one call are not connected to; their members are shown as unreachable. */
const MAX_TRANSPORTS = 16;
const GRANT_PATIENCE_MS = 40_000;
/** What a restart of the authorisation service or of its SFU looks like. */
const AWAITED: ReadonlySet<CallErrorCode> = new Set(["grant_unreachable", "grant_sfu_unreachable"]);

/**
 * The SFUs of a call: always the own one, on which we publish, and each that another member publishes on. Keyed by the
 * service URL of the transport, which `matrix-rtc` has normalised.
 */
export class SfuConnections {
  readonly #deps: KeeperDeps;
  readonly #scope: Scope;
  readonly #ownServiceUrl: string;
  readonly #kept: WritableSignal<ReadonlyMap<string, Kept>> = signal(new Map());

  constructor(deps: KeeperDeps, ownServiceUrl: string, scope: Scope) {
    this.#deps = deps;
    this.#scope = scope;
    this.#ownServiceUrl = ownServiceUrl;
    this.#reconcile([]);
  }

  /** Follows the members' transports until the scope ends: connects to new ones, leaves those that nobody uses. */
  follow(members: ReadonlySignal<readonly RtcMember[]>): void {
    effect(this.#scope, () => {
      const present = members.get();
      untracked(() => this.#reconcile(present));
    });
  }

  /**
   * Resolves with the first connection to the own SFU. An authorisation service that does not answer, or whose SFU does
   * not, is waited for: a restart should not throw out who is just coming in.
   *
   * @throws {CallError} if the first attempt fails otherwise, or the service stays away for 40 s
   */
  async connectOwn(): Promise<SfuConnection> {
    const status = this.#kept.get().get(this.#ownServiceUrl)?.status ?? signal<KeeperStatus>({ is: "trying" });
    const isPatient = signal(true);
    const cancelPatience = this.#deps.clock.after(GRANT_PATIENCE_MS, () => isPatient.set(false));
    const waiting = computed(() => (isOpen(status.get(), isPatient.get()) ? undefined : status.get()));
    try {
      const settled = await until(this.#scope, waiting, (value) => value !== undefined);
      if (settled?.is === "up") return settled.connection;
      throw (settled as { readonly error: CallError }).error;
    } finally {
      cancelPatience();
    }
  }

  /** The present connection to the own SFU. Reads signals. */
  own(): SfuConnection | undefined {
    return connectionOf(this.#kept.get().get(this.#ownServiceUrl));
  }

  ownStatus(): KeeperStatus {
    return this.#kept.get().get(this.#ownServiceUrl)?.status.get() ?? { is: "trying" };
  }

  /** Who is on which SFU; `undefined` where it cannot be reached. Reads signals. */
  participants(): ReadonlyMap<string, readonly SfuParticipant[] | undefined> {
    return new Map(
      Array.from(this.#kept.get(), ([serviceUrl, { status }]) => [serviceUrl, participantsOf(status.get())]),
    );
  }

  /** Who is on the SFUs that we are connected to at this moment. Reads signals. */
  present(): ReadonlyMap<string, readonly SfuParticipant[]> {
    const connected = Array.from(this.#kept.get(), ([serviceUrl, kept]) => [serviceUrl, connectionOf(kept)] as const);
    return new Map(
      connected.flatMap(([serviceUrl, connection]) =>
        connection?.state.get() === "connected" ? [[serviceUrl, connection.participants.get()] as const] : [],
      ),
    );
  }

  /** Every connection that stands. Reads signals. */
  all(): readonly SfuConnection[] {
    return [...this.#kept.get().values()].map(connectionOf).filter((connection) => connection !== undefined);
  }

  #useOf(serviceUrl: string): GrantUse {
    return serviceUrl === this.#ownServiceUrl ? "publish" : "subscribe";
  }

  #reconcile(members: readonly RtcMember[]): void {
    const used = members.flatMap(({ transport }) => (transport ? [transport.serviceUrl] : []));
    const wanted = [...new Set([this.#ownServiceUrl, ...used])].slice(0, MAX_TRANSPORTS);
    const kept = new Map(this.#kept.get());
    for (const [serviceUrl, { scope }] of kept) {
      if (wanted.includes(serviceUrl)) continue;
      kept.delete(serviceUrl);
      void scope.end();
    }
    for (const serviceUrl of wanted) {
      if (kept.has(serviceUrl)) continue;
      const scope = this.#scope.child();
      kept.set(serviceUrl, {
        scope,
        status: keepConnected(this.#deps, { serviceUrl, use: this.#useOf(serviceUrl) }, scope),
      });
    }
    if (!isSameKeys(kept, this.#kept.get())) this.#kept.set(kept);
  }
}

/** Whether the first connection may yet come. */
function isOpen(status: KeeperStatus, isPatient: boolean): boolean {
  return status.is === "trying" || (isPatient && status.is === "failing" && AWAITED.has(status.error.code));
}

function connectionOf(kept: Kept | undefined): SfuConnection | undefined {
  const status = kept?.status.get();
  return status?.is === "up" ? status.connection : undefined;
}

function participantsOf(status: KeeperStatus): readonly SfuParticipant[] | undefined {
  switch (status.is) {
    case "up":
      return status.connection.participants.get();
    case "trying":
      return [];
    default:
      return undefined;
  }
}

import type { Call, CallMember } from "@conclave/call";
import { effect, untracked, type Clock, type Scope } from "@conclave/kit";

import { strings } from "../../strings/strings.ts";
import type { Notice } from "../toast-stack/toast-stack.ts";

export interface TellOfHandsDeps {
  readonly clock: Clock;
  readonly notify: (notice: Notice) => void;
}

/** Who raises the hand again and again is told of once in that time. */
const QUIET_MS = 30_000;

/** Says who else raises a hand, until the scope ends. Hands that were up before one came are no news. */
export function tellOfHands(call: Call, { clock, notify }: TellOfHandsDeps, scope: Scope): void {
  let up: ReadonlySet<string> = new Set();
  let toldAtMs: ReadonlyMap<string, number> = new Map();
  effect(scope, () => {
    const raised = raisedSinceJoin(call);
    const nowMs = clock.monotonicMs();
    const recent = new Map([...toldAtMs].filter(([, atMs]) => nowMs - atMs < QUIET_MS));
    const fresh = raised.filter(({ id }) => !up.has(id) && !recent.has(id));
    up = new Set(raised.map(({ id }) => id));
    toldAtMs = new Map([...recent, ...fresh.map(({ id }) => [id, nowMs] as const)]);
    if (fresh.length === 0) return;
    const text = strings.call.handsRaised(fresh.map(({ displayName }) => displayName));
    untracked(() => notify({ kind: "info", icon: "hand", text }));
  });
}

/** By the homeserver's clock, as both times are. */
function raisedSinceJoin({ hands, members }: Call): readonly CallMember[] {
  const present = members.get();
  const joinedAtMs = present.find((member) => member.isSelf)?.joinedAtMs ?? 0;
  const raised = hands.get().filter(({ raisedAtMs }) => raisedAtMs >= joinedAtMs);
  const ids = new Set(raised.map(({ memberId }) => memberId));
  return present.filter((member) => !member.isSelf && ids.has(member.id));
}

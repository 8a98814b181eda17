import {
  type CancelTimer,
  type Clock,
  effect,
  type ReadonlySignal,
  type Scope,
  signal,
  untracked,
} from "@conclave/kit";
import type { RtcMember, RtcSelf } from "@conclave/matrix-rtc";

import { isSelf } from "../callMembers.ts";
import type { RosterDifference } from "../model.ts";
import type { SfuParticipant } from "../sfu/ports.ts";
import { ageMismatches } from "./ageMismatches.ts";
import { compareRoster, type RosterMismatch } from "./compareRoster.ts";

export interface RosterSources {
  readonly clock: Clock;
  readonly self: RtcSelf;
  readonly members: ReadonlySignal<readonly RtcMember[]>;
  /** Who is on the SFUs that we are connected to now, by service URL. Reads signals. */
  readonly present: () => ReadonlyMap<string, readonly SfuParticipant[]>;
  /** While the homeserver is out of touch, a stranger on the SFU may be a member of whom we have not heard. */
  readonly isSyncing: ReadonlySignal<boolean>;
}

/** Where Matrix and the SFUs do not say the same about who is in the call, until the scope ends. */
export function watchRoster(sources: RosterSources, scope: Scope): ReadonlySignal<readonly RosterDifference[]> {
  const { clock, isSyncing, members, present, self } = sources;
  const differences = signal<readonly RosterDifference[]>([], { equals: isSameRoster });
  let since: ReadonlyMap<string, number> = new Map();
  let cancel: CancelTimer | undefined;
  scope.onEnd(() => cancel?.());

  function judge(mismatches: readonly RosterMismatch[]): void {
    cancel?.();
    if (scope.isEnded) return;
    const nowMs = clock.monotonicMs();
    const aged = ageMismatches(mismatches, since, nowMs);
    since = aged.since;
    differences.set(aged.differences);
    if (aged.nextChangeAtMs !== undefined) {
      cancel = clock.after(aged.nextChangeAtMs - nowMs, () => judge(mismatches));
    }
  }

  effect(scope, () => {
    const listed = members.get();
    const mismatches = compareRoster({ members: listed, sfus: present() }).filter((mismatch) =>
      mismatch.kind === "absent" ? !isSelf(mismatch.member, self) : isSyncing.get(),
    );
    untracked(() => judge(mismatches));
  });
  return differences;
}

function isSameRoster(a: readonly RosterDifference[], b: readonly RosterDifference[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

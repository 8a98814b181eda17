import type { CallIntent } from "@conclave/matrix-rtc";

import type { LookDefaults } from "../lookParameters.ts";
import type { RingingDefaults } from "../ringingParameters.ts";

/** What a host's intent means where its address says no more. */
export interface IntentPreset {
  readonly skipLobby: boolean;
  readonly ringing: RingingDefaults;
  readonly perParticipantE2EE: boolean;
  readonly look: LookDefaults;
  readonly callIntent: CallIntent | undefined;
}

const UNKNOWN: IntentPreset = {
  skipLobby: false,
  ringing: { sendNotificationType: undefined, waitForCallPickup: false, autoLeave: false },
  perParticipantE2EE: false,
  look: { header: "standard", isConfined: false },
  callIntent: undefined,
};

const KNOWN: IntentPreset = {
  ...UNKNOWN,
  ringing: { sendNotificationType: "notification", waitForCallPickup: false, autoLeave: false },
  perParticipantE2EE: true,
  look: { header: "none", isConfined: true },
  callIntent: "video",
};
const WITH_ONE: IntentPreset = {
  ...KNOWN,
  skipLobby: true,
  ringing: { sendNotificationType: "notification", waitForCallPickup: false, autoLeave: true },
};
const CALLING_ONE: IntentPreset = {
  ...WITH_ONE,
  ringing: { sendNotificationType: "ring", waitForCallPickup: true, autoLeave: true },
};

/** @see matrixrtc.md 14.2 */
const PRESETS: ReadonlyMap<string, IntentPreset> = new Map([
  ["start_call", KNOWN],
  ["join_existing", KNOWN],
  ["start_call_voice", { ...KNOWN, callIntent: "audio" }],
  ["join_existing_voice", { ...KNOWN, callIntent: "audio" }],
  ["start_call_dm", CALLING_ONE],
  ["start_call_dm_voice", { ...CALLING_ONE, callIntent: "audio" }],
  ["join_existing_dm", WITH_ONE],
  ["join_existing_dm_voice", { ...WITH_ONE, callIntent: "audio" }],
]);

export function presetOf(intent: string | undefined): IntentPreset {
  return PRESETS.get(intent ?? "") ?? UNKNOWN;
}

export function isIntent(intent: string): boolean {
  return PRESETS.has(intent);
}

import type { CallMember, CallTrust, LobbyRing, LobbyView, OutgoingRing } from "@conclave/call";
import type { EventId, UserId } from "@conclave/matrix-rtc";

import type { MediaView } from "../media/MediaView.ts";
import type { RecentCall } from "../preferences/Preferences.ts";
import { makeMember } from "../testing/people.ts";
import { portraitTrack, slideTrack } from "./portrait.ts";

export const NOW_MS: number = Date.UTC(2026, 10, 24, 10, 12);
const DAY_MS = 86_400_000;

export const recentCalls: readonly RecentCall[] = [
  { linkId: "kdmw-pqrs-abc", name: "Monday stand-up", joinedAtMs: NOW_MS - DAY_MS },
  { linkId: "fghj-kmnp-xyz", name: "Family", joinedAtMs: NOW_MS - 3 * DAY_MS },
];

export const lobbyView: LobbyView = {
  roomName: "Monday stand-up",
  isEncrypted: true,
  members: ["Ann Berg", "Bo Chen", "Dina Okafor"].map((displayName) => ({ id: displayName, displayName })),
};

export const devices: MediaView["devices"] = {
  microphone: [
    { id: "1", label: "Built-in microphone" },
    { id: "2", label: "Jabra Evolve2 65 (0b0e:0306)" },
  ],
  camera: [{ id: "3", label: "FaceTime HD camera" }],
  speaker: [{ id: "4", label: "Built-in speakers" }],
};

const chosen = { microphone: "1", camera: "3", speaker: "4" };

export function mediaOn(): MediaView {
  const silence = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
  return {
    microphone: silence ? { phase: "on", track: silence, isMuted: false } : { phase: "off" },
    camera: { phase: "on", track: portraitTrack(310), isMuted: false },
    screen: { phase: "off" },
    devices,
    chosen,
  };
}

export const mediaOff: MediaView = {
  microphone: { phase: "off" },
  camera: { phase: "off" },
  screen: { phase: "off" },
  devices,
  chosen,
};

export const mediaRefused: MediaView = {
  ...mediaOff,
  microphone: { phase: "failed", problem: { code: "device_denied", isRetryable: true } },
  camera: { phase: "failed", problem: { code: "device_busy", isRetryable: true } },
  devices: { microphone: [], camera: [], speaker: [] },
};

export const self: CallMember = makeMember("Mira Lund", { isSelf: true, decryption: "nothing_to_decrypt" });

export function withVideo(name: string, hue: number, changes: Partial<CallMember> = {}): CallMember {
  return makeMember(name, { camera: { sid: `${name} camera`, track: portraitTrack(hue), isMuted: false }, ...changes });
}

export function fourPeople(): readonly CallMember[] {
  return [
    withVideo("Ann Berg", 320, { isSpeaking: true }),
    makeMember("Bo Chen", { microphone: { sid: "bo", track: undefined, isMuted: true } }),
    withVideo("Dina Okafor", 60),
    self,
  ];
}

export function withoutKey(): readonly CallMember[] {
  return [
    withVideo("Ann Berg", 320),
    makeMember("Bo Chen", { decryption: "not_trusted" }),
    makeMember("Émile Fournier", { decryption: "waiting_for_key" }),
    makeMember("Charlotte Annabelle von Hohenstein-Weatherby the Third", {
      presence: "connecting",
      decryption: "nothing_to_decrypt",
    }),
    self,
  ];
}

export function sharing(): readonly CallMember[] {
  return [
    withVideo("Ann Berg", 320, { isSpeaking: true, screen: { sid: "slide", track: slideTrack(), isMuted: false } }),
    makeMember("Bo Chen", { microphone: { sid: "bo", track: undefined, isMuted: true } }),
    withVideo("Dina Okafor", 60),
    self,
  ];
}

/** Three want to speak, oneself among them, and two are pleased. */
export function handsUp(): readonly CallMember[] {
  return [
    withVideo("Ann Berg", 320, { handOrder: 2 }),
    makeMember("Bo Chen", { handOrder: 1, microphone: { sid: "bo", track: undefined, isMuted: true } }),
    withVideo("Dina Okafor", 60, { reaction: "🎉" }),
    makeMember("Émile Fournier", { reaction: "👏" }),
    withVideo("Goran Ilić", 200, { isSpeaking: true }),
    { ...self, handOrder: 3 },
  ];
}

export function crowd(): readonly CallMember[] {
  const names = [
    "Ann Berg",
    "Bo Chen",
    "Dina Okafor",
    "Émile Fournier",
    "مريم علي",
    "Farah",
    "Goran Ilić",
    "山田 太郎",
  ];
  return [
    ...names.map((name, index) =>
      index % 3 === 0 ? withVideo(name, 40 * index) : makeMember(name, { isSpeaking: index === 4 }),
    ),
    self,
  ];
}

export const locked: CallTrust = { state: "locked", verifiedMembers: 3, mediaMembers: 3 };
export const partial: CallTrust = { state: "partial", verifiedMembers: 2, mediaMembers: 3 };
export const alone: CallTrust = { state: "alone", verifiedMembers: 0, mediaMembers: 0 };

export const rings: LobbyRing = {
  notificationId: "$ring" as EventId,
  caller: "@ann:call.example" as UserId,
  callerName: "Ann Berg",
  kind: "ring",
  intent: "video",
  endsAtMs: NOW_MS + 60_000,
};

export const ringing: OutgoingRing = {
  phase: "sent",
  kind: "ring",
  notificationId: rings.notificationId,
  answers: new Map(),
  outcome: "ringing",
};

/** The forms of membership that both kinds of client send. */
export type SharedLayer = "deployed" | "sticky";

export interface Device {
  readonly userId: string;
  readonly deviceId: string;
}

/** A running client of one device, joined or not. It sees the call either way. */
export interface RtcClient extends Device {
  readonly kind: "conclave" | "matrix-js-sdk";
  /** Goes into the call as a membership of this layer; resolves with its member id when that is on its way. */
  join(layer: SharedLayer): Promise<string>;
  /** Sends the membership again, with the other intent. Resolves when it is on its way. */
  refresh(): Promise<void>;
  leave(): Promise<void>;
  /** Dies: nothing it says reaches the homeserver any more. */
  kill(): void;
  /** Whether what it encrypts now can be read by all these devices. */
  canReach(devices: readonly Device[]): Promise<boolean>;
  /** Who is in the call as it sees it, one line each. */
  members(): readonly string[];
}

/** One line of a member list: what both kinds of client must agree on. */
export function memberLine(member: {
  readonly userId: string;
  readonly deviceId: string;
  readonly memberId: string;
  readonly intent: string | undefined;
}): string {
  return `${member.userId} ${member.deviceId} ${member.memberId} ${member.intent}`;
}

/** How long the homeserver waits for a sign of life in these tests. Our own client takes no shorter one. */
export const LEAVE_DELAY_MS = 2_000;
export const RESTART_MS = 1_000;
/** Nobody connects to it. */
export const SERVICE_URL = "https://rtc.conclave.test/livekit/jwt";

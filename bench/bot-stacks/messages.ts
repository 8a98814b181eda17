/** How each stack is measured: connections with one Opus stream each. */
export const LOAD = { connections: 40, packetsPerSecond: 100, payloadBytes: 150 } as const;

export const PAYLOAD_TYPE = 111;
export const FIRST_SSRC = 1_000;

export type StackName = "nodeDatachannel" | "werift" | "thin" | "mediasoup";

/** To a receiving process. */
export type Ask =
  | { readonly is: "offer"; readonly index: number; readonly sdp: string }
  /** For stacks that get ready-made SRTP: 16 bytes of key and 12 of salt, in hex. */
  | { readonly is: "open"; readonly keyHex: string }
  | { readonly is: "read" };

/** From it. */
export type Told =
  | { readonly is: "ready" }
  | { readonly is: "answer"; readonly index: number; readonly sdp: string }
  | { readonly is: "ports"; readonly ports: readonly number[] }
  | { readonly is: "usage"; readonly cpuUs: number; readonly rssBytes: number; readonly packets: number };

/** A way to receive. Counts each packet that came out of SRTP. */
export interface Receiver {
  answer?(index: number, sdp: string): Promise<string>;
  open?(keyHex: string): Promise<readonly number[]>;
  packets(): number;
  /** CPU time of processes beside this one, in µs. */
  otherCpuUs?(): Promise<number>;
}

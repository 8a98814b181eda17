import type { Happening } from "@conclave/kit";
import type { DeviceAddress } from "@conclave/matrix-rtc";

/** 0 to 255; names a sender key in each frame. Wraps. */
export type KeyIndex = number & { readonly keyIndexBrand?: never };

/** A sender key on its way. `bytes` is key material: never log it. */
export interface SenderKey {
  readonly index: KeyIndex;
  /** 16 bytes by default; any length of 16 or more is read. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A key that arrived encrypted; `from` is what Olm proved, never what the message claims. */
export interface ReceivedKey {
  readonly from: DeviceAddress;
  readonly memberId: string;
  readonly key: SenderKey;
  /** The sender's clock; orders the messages of one sender only. */
  readonly sentAtMs: number;
  /** Present if its sender knows confirmations. */
  readonly note?: KeyNote;
}

/** What devices that know confirmations tell each other beside a key, or without one. Others never get one alone. */
export interface KeyNote {
  /** Names the message; who has put its key to use says the token back. */
  readonly token?: string;
  /** Tokens of messages whose keys have been put to use. One list for all recipients: each knows its own tokens. */
  readonly have: readonly string[];
  /** Frames of the recipient cannot be decrypted: it shall send its key again. */
  readonly wantsKey: boolean;
}

/** A note that came without a key; `from` is what Olm proved. */
export interface ReceivedNote {
  readonly from: DeviceAddress;
  readonly note: KeyNote;
}

/** Why a key message was thrown away. Counted, shown in statistics, never fatal. */
export type KeyRejection =
  | "cleartext"
  | "wrong_device"
  | "not_trusted"
  | "wrong_room"
  | "malformed"
  | "own_echo"
  | "not_a_member"
  | "out_of_date"
  | "buffer_full";

export type SendOutcome = { readonly to: DeviceAddress; readonly result: "sent" | "unreachable" | "not_trusted" };

/** Carries sender keys between devices. The Matrix adapter is `toDeviceKeyTransport`. */
export interface KeyTransport {
  /** One outcome per recipient. Rejects with a retryable error if nothing was sent. */
  send(key: SenderKey, recipients: readonly DeviceAddress[], note?: KeyNote): Promise<readonly SendOutcome[]>;
  /** As `send`, without a key. */
  tell(note: KeyNote, recipients: readonly DeviceAddress[]): Promise<readonly SendOutcome[]>;
  readonly keyReceived: Happening<ReceivedKey>;
  readonly noteReceived: Happening<ReceivedNote>;
  readonly keyRejected: Happening<{ readonly reason: KeyRejection; readonly from: string }>;
}

/**
 * Where keys are put to use: `call` binds it to the frame crypto. Calls are ordered per member; an implementation
 * must not throw.
 */
export interface KeySink {
  /** Installs the key of a remote member for decryption. Earlier indices stay valid until `forget`. */
  setReceiverKey(memberId: string, key: SenderKey): void;
  /** Makes `key` the one that this device encrypts with, from the next frame on. */
  useSenderKey(key: SenderKey): void;
  /** Stops encrypting (frames are dropped) until the next `useSenderKey`: the present key is known to somebody who left. */
  suspendSender(): void;
  /** Drops all keys of a member who is gone. */
  forget(memberId: string): void;
}

import { Emitter, type Clock, type Logger, type Scope } from "@conclave/kit";
import type { DeviceAddress, MatrixPort, RoomId, SlotDescription, ToDeviceMessage } from "@conclave/matrix-rtc";

import { deviceKey } from "./deviceKey.ts";
import { KEY_MESSAGE_TYPE, keyMessageContent, tryReadKeyMessage } from "./keyMessage.ts";
import type {
  KeyNote,
  KeyRejection,
  KeyTransport,
  ReceivedKey,
  ReceivedNote,
  SenderKey,
  SendOutcome,
} from "./ports.ts";
import type { TrustBook } from "./TrustBook.ts";
import { TrustGate } from "./TrustGate.ts";

export interface ToDeviceKeyTransportDeps {
  readonly matrix: Pick<MatrixPort, "self" | "sendEncryptedToDevice" | "toDeviceReceived" | "readDeviceFacts">;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ToDeviceKeyTransportOptions {
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  /** The own member id, as `RtcSession.self` has it. */
  readonly memberId: string;
  /** Who gets keys, and whose keys count. Every device if not given. */
  readonly trust?: TrustBook;
}

type Accepted = { readonly key: ReceivedKey } | { readonly note: ReceivedNote };
type Verdict = Accepted | { readonly reason: KeyRejection };

/**
 * Carries sender keys and notes as Olm-encrypted to-device messages of type `io.element.call.encryption_keys`.
 *
 * A message is passed on only if the message came through Olm, and from the device that it claims to come from.
 *
 * @see matrixrtc.md 11.2
 */
export function toDeviceKeyTransport(
  deps: ToDeviceKeyTransportDeps,
  options: ToDeviceKeyTransportOptions,
  scope: Scope,
): KeyTransport {
  const { matrix, clock, logger } = deps;
  const keyReceived = new Emitter<ReceivedKey>();
  const keyRejected = new Emitter<{ readonly reason: KeyRejection; readonly from: string }>();
  const noteReceived = new Emitter<ReceivedNote>();
  const gate = new TrustGate(matrix, options.trust, logger);
  const reject = (reason: KeyRejection, from: string): void => {
    logger.warn("key message rejected", { reason, sender: from });
    keyRejected.emit({ reason, from });
  };
  const pass = (verdict: Accepted, isTrusted: boolean): void => {
    if (scope.isEnded) return;
    if (!isTrusted) return reject("not_trusted", senderOf(verdict).userId);
    if ("key" in verdict) keyReceived.emit(verdict.key);
    else noteReceived.emit(verdict.note);
  };
  matrix.toDeviceReceived.on(scope, (message) => {
    if (message.type !== KEY_MESSAGE_TYPE) return;
    const verdict = judge(message, matrix.self, options.roomId);
    if ("reason" in verdict) return reject(verdict.reason, message.sender);
    const isTrusted = gate.accepts(senderOf(verdict), message.encryptedBy?.isCrossSigned ?? false);
    if (isTrusted instanceof Promise) void isTrusted.then((known) => pass(verdict, known));
    else pass(verdict, isTrusted);
  });
  const sendMessage = async (
    parts: { readonly key?: SenderKey; readonly note?: KeyNote | undefined },
    recipients: readonly DeviceAddress[],
  ): Promise<readonly SendOutcome[]> => {
    const refused = await gate.refuse(recipients);
    const trusted = recipients.filter((to) => !refused.has(deviceKey(to)));
    if (trusted.length === 0) return recipients.map((to) => ({ to, result: "not_trusted" }));
    const { deviceId } = matrix.self;
    const content = keyMessageContent({ ...options, ...parts, deviceId, sentAtMs: clock.nowMs() });
    const outcomes = await matrix.sendEncryptedToDevice(KEY_MESSAGE_TYPE, trusted, content);
    const results = new Map(outcomes.map(({ to, result }) => [deviceKey(to), result]));
    return recipients.map((to) => ({ to, result: results.get(deviceKey(to)) ?? "not_trusted" }));
  };
  return {
    send: async (key, recipients, note) => sendMessage({ key, note }, recipients),
    tell: async (note, recipients) => sendMessage({ note }, recipients),
    keyReceived,
    noteReceived,
    keyRejected,
  };
}

function senderOf(accepted: Accepted): DeviceAddress {
  return "key" in accepted ? accepted.key.from : accepted.note.from;
}

function judge(message: ToDeviceMessage, self: DeviceAddress, roomId: RoomId): Verdict {
  if (!message.encryptedBy) return { reason: "cleartext" };
  const from = { userId: message.sender, deviceId: message.encryptedBy.deviceId };
  const read = tryReadKeyMessage(message.content);
  if (!read) return { reason: "malformed" };
  if (read.claimedDeviceId !== from.deviceId) return { reason: "wrong_device" };
  if (read.roomId !== roomId) return { reason: "wrong_room" };
  if (from.userId === self.userId && from.deviceId === self.deviceId) return { reason: "own_echo" };
  const { key, note, sentAtMs } = read;
  if (!key) return note ? { note: { from, note } } : { reason: "malformed" };
  const memberId = read.memberId ?? `${from.userId}:${from.deviceId}`;
  return { key: { from, memberId, key, sentAtMs, ...(note && { note }) } };
}

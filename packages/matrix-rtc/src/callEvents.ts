/** Names of the message events of a call, as the wire has them. @see matrixrtc.md 12 */
export const CALL_EVENTS = {
  /** Rings or notifies (MSC4075). */
  notification: "org.matrix.msc4075.rtc.notification",
  /** Answers a notification with no (MSC4310). */
  decline: "org.matrix.msc4310.rtc.decline",
  /** A raised hand; in clear in every room. */
  annotation: "m.reaction",
  /** A short-lived emoji. */
  reaction: "io.element.call.reaction",
  redaction: "m.room.redaction",
} as const;

/** What `MatrixPort.watchEvents` delivers. */
export const CALL_EVENT_TYPES: ReadonlySet<string> = new Set(Object.values(CALL_EVENTS));

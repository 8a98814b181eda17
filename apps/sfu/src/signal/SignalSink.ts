import type { SignalResponse } from "@livekit/protocol";

/** One message to a client. */
export type ServerMessage = Exclude<SignalResponse["message"], { case: undefined }>;

/** Where messages to a client go. */
export interface SignalSink {
  send(message: ServerMessage): void;
  /** Closes the socket after what was sent. Idempotent. */
  end(): void;
}

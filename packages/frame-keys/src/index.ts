export type { KeyIndex, KeyRejection, KeySink, KeyTransport, ReceivedKey, SenderKey, SendOutcome } from "./ports.ts";

export { FakeKeyNetwork, FakeKeyTransport } from "./FakeKeyTransport.ts";
export type { SentKey } from "./FakeKeyTransport.ts";
export { RecordingSink } from "./RecordingSink.ts";

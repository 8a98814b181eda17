export { FakeKeyNetwork, FakeKeyTransport } from "./FakeKeyTransport.ts";
export type { SentKey } from "./FakeKeyTransport.ts";
export { keyTransportSuite } from "./keyTransportSuite.ts";
export type { AcceptanceTest, KeyTransportEnd, KeyTransportPair } from "./keyTransportSuite.ts";
export { RecordingSink } from "./RecordingSink.ts";

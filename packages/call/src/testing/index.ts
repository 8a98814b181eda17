export { FakeFrameCrypto } from "./FakeFrameCrypto.ts";
export { FakeSfu, FakeSfuConnection } from "./FakeSfu.ts";
export type { SeenFrame, ShownFrame } from "./FakeSfu.ts";
export { FakeRtpEnd, fakeTrack, FakeTrack } from "./fakeTracks.ts";
export type { FakeFrame } from "./fakeTracks.ts";
export { FakeTokenService } from "./FakeTokenService.ts";
export type { TokenServiceRequest } from "./FakeTokenService.ts";
export { TestCall } from "./TestCall.ts";
export type { TestDevice, TestPerson } from "./TestCall.ts";

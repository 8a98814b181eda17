export type { KeyIndex, KeyRejection, KeySink, KeyTransport, ReceivedKey, SenderKey, SendOutcome } from "./ports.ts";
export { createKeyDistributor } from "./KeyDistributor.ts";
export type { KeyDistributor, KeyDistributorDeps, KeyDistributorOptions, KeyStatistics } from "./KeyDistributor.ts";
export { KEY_MESSAGE_TYPE } from "./keyMessage.ts";
export { toDeviceKeyTransport } from "./toDeviceKeyTransport.ts";
export type { ToDeviceKeyTransportDeps, ToDeviceKeyTransportOptions } from "./toDeviceKeyTransport.ts";

export type {
  KeyIndex,
  KeyNote,
  KeyRejection,
  KeySink,
  KeyTransport,
  ReceivedKey,
  ReceivedNote,
  SenderKey,
  SendOutcome,
} from "./ports.ts";
export { TrustBook } from "./TrustBook.ts";
export type { DeviceTrust, TrustPolicy } from "./TrustBook.ts";
export type { KeyPair, OwnKeyState } from "./keyPairs.ts";
export { createKeyDistributor } from "./KeyDistributor.ts";
export type { KeyDistributor, KeyDistributorDeps, KeyDistributorOptions, KeyStatistics } from "./KeyDistributor.ts";
export { KEY_MESSAGE_TYPE } from "./keyMessage.ts";
export { toDeviceKeyTransport } from "./toDeviceKeyTransport.ts";
export type { ToDeviceKeyTransportDeps, ToDeviceKeyTransportOptions } from "./toDeviceKeyTransport.ts";

export { createMicrophone, type MicrophoneConfig } from "./microphone.ts";
export { mediaPersonOf, type MediaPerson, type Rgb } from "./people.ts";
export { checkFrame, type CheckedStamp, STAMP_BYTES, type Stamp } from "./stamp.ts";

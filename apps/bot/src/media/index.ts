export { createCamera } from "./camera.ts";
export type { I420Picture } from "./i420.ts";
export { createMicrophone } from "./microphone.ts";
export { mediaPersonOf, type MediaPerson, type Rgb } from "./people.ts";
export { psnrAgainst } from "./psnr.ts";
export { readPicture } from "./readPicture.ts";
export { readTone } from "./readTone.ts";
export { checkFrame, type CheckedStamp } from "./stamp.ts";
export { ToneWatch } from "./ToneWatch.ts";

export { createCamera, type CameraConfig } from "./camera.ts";
export type { I420Picture } from "./i420.ts";
export { createMicrophone, type MicrophoneConfig } from "./microphone.ts";
export { mediaPersonOf, type MediaPerson, type Rgb } from "./people.ts";
export { psnrAgainst } from "./psnr.ts";
export { readPicture, type SeenPicture } from "./readPicture.ts";
export { checkFrame, type CheckedStamp, STAMP_BYTES } from "./stamp.ts";
export { VP8_SIZE, type PictureContent } from "./vp8Picture.ts";

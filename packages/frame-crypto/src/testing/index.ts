export { sampleFrames } from "./sampleFrames.ts";
export type { SampleFrame } from "./sampleFrames.ts";

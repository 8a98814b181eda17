export { frameVectorSuite } from "./frameVectorSuite.ts";
export { sampleFrames } from "./sampleFrames.ts";
export type { SampleFrame } from "./sampleFrames.ts";

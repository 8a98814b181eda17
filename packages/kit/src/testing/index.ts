export { FakeClock, settlePromises } from "./FakeClock.ts";
export { recordEvents } from "./recordEvents.ts";
export { seededRandom } from "./seededRandom.ts";
export type { SeededRandom } from "./seededRandom.ts";

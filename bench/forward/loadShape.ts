/** The same load for every SFU: who publishes what, to how many. */
export const LOAD = {
  publishers: 2,
  subscribers: 20,
  width: 320,
  height: 180,
  framesPerSecond: 30,
  maxBitrateBps: 2_500_000,
} as const;

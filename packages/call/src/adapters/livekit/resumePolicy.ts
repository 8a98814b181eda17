import type { ReconnectPolicy } from "livekit-client";

const RESUME_DELAYS_MS: readonly number[] = [0, 300, 700];
const LATER_DELAY_MS = 1_000;
/** As long as an SFU keeps a participant whose signalling is gone; later there is nothing left to resume. */
const RESUME_WINDOW_MS = 15_000;

/** When livekit-client tries to resume a broken signalling connection. */
export const resumePolicy: ReconnectPolicy = {
  nextRetryDelayInMs({ retryCount, elapsedMs }) {
    return elapsedMs > RESUME_WINDOW_MS ? null : (RESUME_DELAYS_MS[retryCount] ?? LATER_DELAY_MS);
  },
};

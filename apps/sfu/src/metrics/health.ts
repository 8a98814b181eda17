import { type Clock, sleep } from "@conclave/kit";

import type { MediaPlane } from "../media/MediaPlane.ts";

/** How long the media workers may take to say that they are there. */
const ANSWER_LIMIT_MS = 2000;

/** 200 while people can join, 503 while the SFU ends or its media does not answer. */
export async function health(clock: Clock, plane: MediaPlane, isEnding: boolean): Promise<Response> {
  if (isEnding) return new Response("shutting down", { status: 503 });
  const settled = new AbortController();
  const late = sleep(clock, ANSWER_LIMIT_MS, settled.signal).then(
    () => false,
    () => false,
  );
  const isUp = await Promise.race([
    plane.usage().then(
      () => true,
      () => false,
    ),
    late,
  ]);
  settled.abort();
  return isUp ? new Response("OK") : new Response("media is not available", { status: 503 });
}

import type { FrameSource } from "../rtc/FrameSource.ts";
import type { SendLog } from "../SendLog.ts";

/** The source, with each frame that it gives noted. */
export function countedSource(source: FrameSource, log: SendLog): FrameSource {
  return {
    kind: source.kind,
    codec: source.codec,
    ...(source.size ? { size: source.size } : {}),
    next(nowMs) {
      log.note(source.kind, nowMs);
      return source.next(nowMs);
    },
  };
}

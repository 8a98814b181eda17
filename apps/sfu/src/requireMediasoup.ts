import { SfuError } from "./errors.ts";

/** Older ones have faults that a stranger's packets can use. @see docs/threat-model.md */
const OLDEST_MEDIASOUP = [3, 27, 1] as const;

/** @throws {SfuError} `media_unavailable` for a mediasoup that is too old, or says nothing that one can compare */
export function requireMediasoup(version: string): void {
  const [, ...numbers] = /^(\d+)\.(\d+)\.(\d+)$/.exec(version) ?? [];
  const given = numbers.map(Number);
  const differing = OLDEST_MEDIASOUP.findIndex((least, index) => given[index] !== least);
  const isOld = differing !== -1 && !((given[differing] ?? -1) > (OLDEST_MEDIASOUP[differing] ?? 0));
  if (isOld)
    throw new SfuError("media_unavailable", `mediasoup ${version} is older than ${OLDEST_MEDIASOUP.join(".")}`);
}

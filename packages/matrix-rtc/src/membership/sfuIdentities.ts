import { toUnpaddedBase64, utf8 } from "@conclave/kit";

import type { DeviceId, UserId } from "../ids.ts";
import { sha256 } from "../sha256.ts";

/** Who a membership belongs to, as the SFU identity is made from it. */
export interface IdentityParts {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly memberId: string;
}

const MAX_CACHED = 4_096;
const cache = new Map<string, readonly [three: string, two: string]>();

/**
 * All SFU identities under which a member may appear. Services and clients of different age disagree, so a participant
 * is accepted under any of them.
 *
 * @param first which kind the membership's own layer uses
 * @see MSC4195; matrixrtc.md 9.5 and 17.2 no. 1
 */
export function sfuIdentities(parts: IdentityParts, first: "plain" | "hashed"): readonly string[] {
  const plain = `${parts.userId}:${parts.deviceId}`;
  const hashes = hashedIdentities(parts);
  return first === "plain" ? [plain, ...hashes] : [...hashes, plain];
}

function hashedIdentities({ userId, deviceId, memberId }: IdentityParts): readonly [string, string] {
  const key = JSON.stringify([userId, deviceId, memberId]);
  const cached = cache.get(key);
  if (cached) return cached;
  const hashes = [hash(key), hash(JSON.stringify([userId, memberId]))] as const;
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(key, hashes);
  return hashes;
}

function hash(text: string): string {
  return toUnpaddedBase64(sha256(utf8(text)));
}

/**
 * The SFU identity in the id of a receiver's owner, which the call engine makes as `source identity`.
 *
 * @see packages/call/src/mediaEncryption.ts
 */
export function identityOf(ownerId: string): string {
  return ownerId.slice(ownerId.indexOf(" ") + 1);
}

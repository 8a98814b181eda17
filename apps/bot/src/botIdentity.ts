/** `@user:server:DEVICE` → `@user:server`: the user behind an SFU identity of layer A. @see matrixrtc.md 9.5 */
export function userIdOf(identity: string): string {
  return identity.slice(0, Math.max(0, identity.lastIndexOf(":")));
}

/** A peer cannot be had on this machine; the message is one sentence for a person. What needs it is skipped, loudly. */
export class Skip extends Error {
  name = "Skip";
}

/** The smallest picture there is: one pixel. */
export const TINY_PNG: Uint8Array = new Uint8Array(
  Buffer.from(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082",
    "hex",
  ),
);

import { createCipheriv, createDecipheriv } from "node:crypto";

const TAG_BYTES = 16;
const HEADER_BYTES = 12;
const KEY_BYTES = 16;
const SALT_BYTES = 12;
const KEY_LABEL = 0x00;
const SALT_LABEL = 0x02;

export interface SrtpKeys {
  readonly key: Buffer;
  readonly salt: Buffer;
}

/** Session keys of SRTP for RTP packets (RFC 3711 §4.3, RFC 7714 §11). */
export function deriveKeys(master: Buffer): SrtpKeys {
  const masterKey = master.subarray(0, KEY_BYTES);
  const derive = (label: number, lengthBytes: number): Buffer => {
    const iv = Buffer.alloc(16);
    master.copy(iv, 0, KEY_BYTES, KEY_BYTES + SALT_BYTES);
    iv[7] = iv.readUInt8(7) ^ label;
    return createCipheriv("aes-128-ctr", masterKey, iv).update(Buffer.alloc(lengthBytes));
  };
  return { key: derive(KEY_LABEL, KEY_BYTES), salt: derive(SALT_LABEL, SALT_BYTES) };
}

/** AEAD_AES_128_GCM with a rollover counter of zero: the runs are short. */
export function protect({ key, salt }: SrtpKeys, packet: Buffer): Buffer {
  const cipher = createCipheriv("aes-128-gcm", key, ivOf(salt, packet));
  const header = packet.subarray(0, HEADER_BYTES);
  cipher.setAAD(header);
  const sealed = cipher.update(packet.subarray(HEADER_BYTES));
  cipher.final();
  return Buffer.concat([header, sealed, cipher.getAuthTag()]);
}

/** @returns the payload, or `undefined` if the tag is wrong */
export function unprotect({ key, salt }: SrtpKeys, packet: Buffer): Buffer | undefined {
  const decipher = createDecipheriv("aes-128-gcm", key, ivOf(salt, packet));
  decipher.setAAD(packet.subarray(0, HEADER_BYTES));
  decipher.setAuthTag(packet.subarray(packet.length - TAG_BYTES));
  const payload = decipher.update(packet.subarray(HEADER_BYTES, packet.length - TAG_BYTES));
  try {
    decipher.final();
    return payload;
  } catch {
    return undefined;
  }
}

function ivOf(salt: Buffer, packet: Buffer): Buffer {
  const iv = Buffer.from(salt);
  iv.writeUInt32BE((iv.readUInt32BE(2) ^ packet.readUInt32BE(8)) >>> 0, 2);
  iv.writeUInt16BE(iv.readUInt16BE(10) ^ packet.readUInt16BE(2), 10);
  return iv;
}

import type { IncomingMessage } from "node:http";

/** What a homeserver says about a whole room fits in. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The whole body. @throws {Error} if it is cut off or longer than 64 MiB */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of message as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new Error(`A body has more than ${MAX_BODY_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

import type { IncomingMessage } from "node:http";

/** A body that grew beyond what its reader accepts. */
export class TextTooLong extends Error {
  override readonly name = "TextTooLong";
}

/**
 * Reads a message of Node's; what comes after the limit is thrown away, so that a request can still be answered. Costs a third
 * of an iteration.
 *
 * @throws {TextTooLong}; whatever broke the connection
 */
export function readMessage(incoming: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    incoming.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > limitBytes) reject(tooLong(limitBytes));
      else chunks.push(chunk);
    });
    incoming.on("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    incoming.on("error", reject);
  });
}

/** Reads at most `limitBytes` and stops reading as soon as there are more. @throws {TextTooLong} */
async function readBoundedBytes(source: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of source) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) throw tooLong(limitBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? Buffer.from(chunks[0]) : Buffer.concat(chunks);
}

/** Reads the body of a request or answer as bytes. @throws {TextTooLong} if it is longer */
export async function readBoundedBody(source: Request | Response, limitBytes: number): Promise<Buffer> {
  if (isAnnounced(source, limitBytes)) return Buffer.from(await source.arrayBuffer());
  if (!source.body) return Buffer.alloc(0);
  return readBoundedBytes(source.body as AsyncIterable<Uint8Array>, limitBytes);
}

/**
 * Whether the length is known beforehand and within the limit. HTTP delivers no more than was announced, so such a body can
 * be read in one go, which costs a tenth of reading a stream.
 */
function isAnnounced(source: Request | Response, limitBytes: number): boolean {
  const announced = source.headers.get("content-length");
  if (announced === null) return false;
  if (Number(announced) <= limitBytes) return true;
  throw tooLong(limitBytes);
}

function tooLong(limitBytes: number): TextTooLong {
  return new TextTooLong(`The body is longer than ${limitBytes} bytes`);
}

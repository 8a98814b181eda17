import { SfuError } from "../errors.ts";

/**
 * Reads a request's body, and no more of it than allowed.
 *
 * @throws {SfuError} `message_too_large`
 */
export async function readBody(request: Request, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.body ?? []) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) throw new SfuError("message_too_large", `The body has more than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

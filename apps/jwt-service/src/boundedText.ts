/** A body that grew beyond what its reader accepts. */
export class TextTooLong extends Error {
  override readonly name = "TextTooLong";
}

/**
 * Reads a body of at most `limitBytes` as UTF-8 and stops reading as soon as it is longer.
 *
 * @throws {TextTooLong} if it is longer
 */
export async function readBoundedText(source: Request | Response, limitBytes: number): Promise<string> {
  if (!source.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let sizeBytes = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of source.body as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) throw new TextTooLong(`The body is longer than ${limitBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

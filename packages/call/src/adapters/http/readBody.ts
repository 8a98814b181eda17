/** A body longer than it may be; the rest was not read. */
export class BodyTooLong extends Error {
  override readonly name = "BodyTooLong";
}

/**
 * Reads a body as text, but never more than `maxBytes` of it.
 *
 * @throws {BodyTooLong}
 */
export async function readBody(response: Response, maxBytes: number): Promise<string> {
  const declared = Number(response.headers.get("content-length") ?? 0);
  if (declared > maxBytes) {
    await response.body?.cancel();
    throw new BodyTooLong(`${declared} bytes were declared, ${maxBytes} are allowed`);
  }
  if (!response.body) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let readBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    readBytes += value.byteLength;
    if (readBytes > maxBytes) {
      await reader.cancel();
      throw new BodyTooLong(`more than ${maxBytes} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

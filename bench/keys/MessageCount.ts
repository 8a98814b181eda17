/** To-device messages and their bytes, counted where they leave. */
export class MessageCount {
  messages = 0;
  requests = 0;
  bytes = 0;
  readonly fetch: typeof globalThis.fetch = (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (pathname.includes("/sendToDevice/") && typeof init?.body === "string") this.#count(init.body);
    return fetch(input, init);
  };

  reset(): void {
    this.messages = 0;
    this.requests = 0;
    this.bytes = 0;
  }

  #count(body: string): void {
    this.requests += 1;
    this.bytes += body.length;
    const { messages = {} } = JSON.parse(body) as { messages?: Record<string, Record<string, unknown>> };
    for (const devices of Object.values(messages)) this.messages += Object.keys(devices).length;
  }
}

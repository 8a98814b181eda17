import type { CDPSession, Page } from "playwright-core";

export interface Traffic {
  readonly url: string;
  readonly kind: "http" | "preflight" | "websocket";
  /** Bytes on the wire, headers included; 0 until the response is complete, and from a cache. */
  encodedBytes: number;
}

/** Everything that a page has asked of the network since the counter was attached, in order. */
export class TrafficCounter {
  readonly all: Traffic[] = [];
  readonly #byId = new Map<string, Traffic>();
  #session: CDPSession | undefined;

  static async attach(page: Page): Promise<TrafficCounter> {
    const counter = new TrafficCounter();
    const session: CDPSession = await page.context().newCDPSession(page);
    session.on("Network.requestWillBeSent", ({ requestId, request, type }) => {
      if (!request.url.startsWith("http")) return;
      const isPreflight = type === "Preflight" || request.method === "OPTIONS";
      counter.#note(requestId, { url: request.url, kind: isPreflight ? "preflight" : "http", encodedBytes: 0 });
    });
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const traffic = counter.#byId.get(requestId);
      if (traffic) traffic.encodedBytes = encodedDataLength;
    });
    session.on("Network.webSocketCreated", ({ requestId, url }) => {
      counter.#note(requestId, { url, kind: "websocket", encodedBytes: 0 });
    });
    await session.send("Network.enable");
    counter.#session = session;
    return counter;
  }

  async detach(): Promise<void> {
    await this.#session?.detach();
  }

  #note(id: string, traffic: Traffic): void {
    this.#byId.set(id, traffic);
    this.all.push(traffic);
  }
}

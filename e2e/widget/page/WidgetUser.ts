import { openMatrixWidget, WidgetHost } from "@conclave/call/matrixWidget";
import { type Scope, silentLogger, sleep, systemClock } from "@conclave/kit";
import type { MatrixPort } from "@conclave/matrix-rtc";

const STEP_MS = 50;
const PATIENCE_MS = 30_000;
/** The suite's own to-device type, which no call needs. */
const EXTRA = ["send", "receive"].map((way) => `org.matrix.msc3819.${way}.to_device:io.conclave.test`);

export interface WidgetUserOptions {
  readonly hostUrl: string;
  readonly homeserver: string;
  readonly name: string;
  readonly roomId: string;
}

/**
 * A user of the real host page, in a frame of this page, and a port over the widget that it opens. The widget's page is of
 * our own origin, so that its window can be used from here, where both ports and the suite share their signals.
 */
export async function openWidgetUser(options: WidgetUserOptions, scope: Scope): Promise<MatrixPort> {
  const { homeserver, hostUrl, name, roomId } = options;
  const address = new URL(hostUrl);
  const conclave = new URL("widget.html", window.location.href).href;
  for (const [key, value] of Object.entries({ homeserver, name, room: roomId, conclave, call: "true" }))
    address.searchParams.set(key, value);
  const frame = document.createElement("iframe");
  frame.src = address.href;
  document.body.append(frame);
  scope.onEnd(() => frame.remove());
  const widget = await widgetOf(frame);
  const query = new URL(widget.location.href).searchParams;
  const fragment = new URLSearchParams(widget.location.hash.slice(2));
  const host = new WidgetHost(
    {
      window: widget,
      widgetId: query.get("widgetId") ?? "",
      parentUrl: query.get("parentUrl") ?? "",
      clock: systemClock,
      logger: silentLogger,
    },
    scope,
  );
  const port = openMatrixWidget(
    {
      host,
      userId: fragment.get("userId") ?? "",
      deviceId: fragment.get("deviceId") ?? "",
      roomId: fragment.get("roomId") ?? "",
      baseUrl: fragment.get("baseUrl") ?? "",
      capabilities: EXTRA,
      fetch: window.fetch.bind(window),
      logger: silentLogger,
    },
    scope,
  );
  await host.request("content_loaded");
  return port;
}

/** The frame in the frame, as soon as its page is there. */
async function widgetOf(host: HTMLIFrameElement): Promise<Window> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += STEP_MS) {
    const widget = tryWidget(host);
    if (widget) return widget;
    await sleep(systemClock, STEP_MS);
  }
  throw new Error("The host opened no widget");
}

/** A frame that is missing or still empty belongs to the host, and may not be looked at. */
function tryWidget(host: HTMLIFrameElement): Window | undefined {
  try {
    const widget = host.contentWindow?.frames[0];
    const isReady = widget?.location.pathname.endsWith("/widget.html") && widget.document.readyState === "complete";
    return isReady ? widget : undefined;
  } catch {
    return undefined;
  }
}

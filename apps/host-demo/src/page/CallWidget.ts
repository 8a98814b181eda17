import type { MatrixClient } from "matrix-js-sdk";
import { ClientWidgetApi, type IWidgetApiRequest, Widget } from "matrix-widget-api";

import { offerDevices } from "./deviceExtension.ts";
import { Devices } from "./Devices.ts";
import { feedWidget } from "./feedWidget.ts";
import { HostDriver } from "./HostDriver.ts";
import type { Parameters, Theme, WidgetKind } from "./parameters.ts";
import { quieten } from "./quieten.ts";
import { sendToDevices } from "./sendToDevices.ts";

export interface MuteState {
  readonly audio_enabled: boolean;
  readonly video_enabled: boolean;
}

export interface CallWidgetOptions {
  readonly client: MatrixClient;
  readonly parameters: Parameters;
  readonly kind: WidgetKind;
  readonly roomId: string;
  readonly intent: string;
  readonly theme: Theme;
}

/** What the widget tells its host. */
export interface CallWidgetEvents {
  readonly joined: () => void;
  readonly hungUp: () => void;
  readonly closed: () => void;
  readonly muted: (state: MuteState) => void;
}

const DEVICES = [
  "camera",
  "microphone",
  "display-capture",
  "autoplay",
  "fullscreen",
  "screen-wake-lock",
  "clipboard-write",
];
const SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads";

/** A call in a frame of this page. */
export class CallWidget {
  readonly frame: HTMLIFrameElement;
  readonly api: ClientWidgetApi;
  readonly #stopFeed: () => void;

  constructor(place: HTMLElement, options: CallWidgetOptions, events: CallWidgetEvents) {
    const { client, roomId } = options;
    const widget = describeWidget(options);
    const url = new URL(widget.templateUrl);
    this.frame = document.createElement("iframe");
    this.frame.title = "Call";
    this.frame.allow = DEVICES.map((name) => `${name} ${url.origin}`).join("; ");
    this.frame.sandbox.value = SANDBOX;
    place.append(this.frame);
    const devices = new Devices(client);
    const driver = new HostDriver({ client, devices }, roomId);
    this.api = new ClientWidgetApi(widget, this.frame, driver);
    quieten(this.api.transport);
    this.api.setViewedRoomId(roomId);
    offerDevices(this.api, driver, (type, contents) => sendToDevices({ client, devices }, type, contents));
    this.#stopFeed = feedWidget({ api: this.api, client, devices, roomId });
    this.#listen(events);
    this.frame.src = url.href;
  }

  hangUp(): Promise<unknown> {
    return this.#ask("im.vector.hangup", {});
  }

  /** Asks for a change, or with nothing for what is. */
  async mute(wish: Partial<MuteState>): Promise<MuteState> {
    return (await this.#ask("io.element.device_mute", wish)) as MuteState;
  }

  setTheme(name: Theme): Promise<unknown> {
    return this.api.updateTheme({ name });
  }

  remove(): void {
    this.#stopFeed();
    this.api.stop();
    this.frame.remove();
  }

  #listen(events: CallWidgetEvents): void {
    this.#on("io.element.join", events.joined);
    this.#on("im.vector.hangup", events.hungUp);
    this.#on("io.element.close", events.closed);
    this.#on("set_always_on_screen", () => ({ success: true }));
    this.#on("io.element.device_mute", (data) => events.muted(data as unknown as MuteState));
  }

  /** Answers with what `take` returns, if that is an object. */
  #on(action: string, take: (data: object) => unknown): void {
    this.api.on(`action:${action}`, (event: CustomEvent<IWidgetApiRequest>) => {
      event.preventDefault();
      const answer = take(event.detail.data);
      this.api.transport.reply(event.detail, { ...(typeof answer === "object" ? answer : {}) });
    });
  }

  #ask(action: string, data: object): Promise<unknown> {
    return this.api.transport.send(action, data as never);
  }
}

function describeWidget(options: CallWidgetOptions): Widget {
  const { client, kind, parameters, roomId } = options;
  const id = crypto.randomUUID();
  const userId = client.getSafeUserId();
  const url = new URL(kind === "conclave" ? parameters.conclave : parameters.elementCall);
  url.searchParams.set("widgetId", id);
  // Its own parameters are none of the widget's business.
  url.searchParams.set("parentUrl", window.location.origin + window.location.pathname);
  url.hash = `?${fragment(options)}`;
  const definition = { id, creatorUserId: userId, type: "m.call", url: url.href, waitForIframeLoad: false };
  return new Widget({ ...definition, roomId } as never);
}

/** What both kinds of widget read alike. */
function fragment({ client, intent, parameters, roomId, theme }: CallWidgetOptions): URLSearchParams {
  const fields = new URLSearchParams({
    perParticipantE2EE: "true",
    userId: client.getSafeUserId(),
    deviceId: client.getDeviceId() ?? "",
    roomId,
    baseUrl: client.getHomeserverUrl(),
    lang: navigator.language,
    fontScale: "1",
    theme,
    intent,
  });
  for (const [name, value] of new URLSearchParams(parameters.widgetParameters)) fields.set(name, value);
  return fields;
}

import { isRecord, recordAt, stringAt } from "../json.ts";

type Json = Record<string, unknown>;
type Answer = Json | Response;
/** `undefined`: the request goes on to where it would have gone. */
type Handler = (request: TinyRequest) => Answer | Promise<Answer> | undefined;

export interface TinyRequest {
  readonly method: string;
  readonly path: string;
  readonly url: URL;
  readonly body: Json;
  readonly headers: Headers;
  readonly signal: AbortSignal;
  /** The device whose token came along. */
  readonly device: TinyDevice | undefined;
}

export interface TinyDevice {
  readonly userId: string;
  readonly deviceId: string;
  readonly token: string;
  keys: Json;
  oneTimeKeys: [string, unknown][];
  readonly inbox: { readonly id: number; readonly event: Json }[];
  /** What has happened in rooms since. */
  readonly timeline: { readonly id: number; readonly roomId: string; readonly event: Json }[];
  wake: () => void;
}

/** A refusal in the form of the Client-Server API. */
export function refuse(status: number, errcode: string, more: Json = {}): Response {
  return Response.json({ errcode, error: "no", ...more }, { status });
}

/**
 * The few endpoints that two Olm devices need to meet, in memory, as a `fetch`. Anything can be overridden for one
 * test through `on`. Rooms are whatever a test puts into `rooms`.
 */
export class TinyHomeserver {
  readonly requests: TinyRequest[] = [];
  readonly devices: TinyDevice[] = [];
  /** `rooms.join` of every answer to an initial sync. */
  rooms: Json = {};
  /** Answers by transaction. */
  readonly #sent = new Map<string, Json>();
  readonly #overrides: { readonly method: string; readonly path: RegExp; readonly handler: Handler }[] = [];
  #nextId = 1;

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = this.#parse(input as string, init ?? {});
    this.requests.push(request);
    request.signal.throwIfAborted();
    const answer = await this.#answer(request);
    return answer instanceof Response ? answer : Response.json(answer);
  };

  /** Answers requests that match from now on; the newest wins. */
  on(method: string, path: RegExp, handler: Handler): void {
    this.#overrides.unshift({ method, path, handler });
  }

  /** How many requests matched. */
  count(method: string, path: RegExp): number {
    return this.requests.filter((request) => request.method === method && path.test(request.path)).length;
  }

  /** Puts a to-device event into a device's inbox, as the server would, in clear or not. */
  deliver(device: TinyDevice, event: Json): void {
    device.inbox.push({ id: this.#nextId++, event });
    device.wake();
  }

  /** Puts an event into the timeline of a room, for every device; it gets what it lacks. */
  publish(roomId: string, event: Json): Json {
    const complete = { event_id: `$event${this.#nextId++}`, origin_server_ts: 1, ...event };
    for (const device of this.devices) {
      device.timeline.push({ id: this.#nextId++, roomId, event: complete });
      device.wake();
    }
    return complete;
  }

  #parse(input: string, init: RequestInit): TinyRequest {
    const url = new URL(input);
    const headers = new Headers(init.headers);
    const token = headers.get("authorization")?.replace("Bearer ", "");
    const parsed = typeof init.body === "string" ? (JSON.parse(init.body) as unknown) : {};
    return {
      method: init.method ?? "GET",
      path: url.pathname,
      url,
      body: isRecord(parsed) ? parsed : {},
      headers,
      signal: init.signal ?? new AbortController().signal,
      device: this.devices.find((device) => device.token === token),
    };
  }

  #answer(request: TinyRequest): Answer | Promise<Answer> {
    const override = this.#overrides.find(({ method, path }) => method === request.method && path.test(request.path));
    const overridden = override?.handler(request);
    if (overridden) return overridden;
    const path = request.path.replace("/_matrix/client/v3/", "");
    if (path === "register") return this.#register(request);
    if (!request.device) return refuse(401, "M_UNKNOWN_TOKEN");
    if (path === "sync") return this.#sync(request, request.device);
    if (path === "keys/upload") return this.#upload(request, request.device);
    if (path === "keys/query") return this.#query(request);
    if (path === "keys/claim") return this.#claim(request);
    if (path.startsWith("sendToDevice/")) return this.#sendToDevice(request, request.device);
    if (/^rooms\/[^/]+\/send\//.test(path)) return this.#send(request, request.device);
    return refuse(404, "M_UNRECOGNIZED");
  }

  #register({ body }: TinyRequest): Answer {
    const userId = `@${stringAt(body, "username")}:tiny.example`;
    return credentialsOf(this.addDevice(userId));
  }

  /** Logs a user in on a new device. */
  addDevice(userId: string): TinyDevice {
    const deviceId = `DEVICE${this.#nextId++}`;
    const device: TinyDevice = {
      userId,
      deviceId,
      token: `token-of-${deviceId}`,
      keys: {},
      oneTimeKeys: [],
      inbox: [],
      timeline: [],
      wake() {},
    };
    this.devices.push(device);
    return device;
  }

  async #sync({ url, signal }: TinyRequest, device: TinyDevice): Promise<Answer> {
    const since = Number(url.searchParams.get("since") ?? 0);
    for (const queue of [device.inbox, device.timeline])
      queue.splice(0, queue.findLastIndex(({ id }) => id <= since) + 1);
    if (since > 0 && device.inbox.length === 0 && device.timeline.length === 0) await news(device, signal);
    return {
      next_batch: String(this.#nextId++),
      rooms: { join: since === 0 ? this.rooms : timelines(device) },
      to_device: { events: device.inbox.map(({ event }) => event) },
      device_one_time_keys_count: { signed_curve25519: device.oneTimeKeys.length },
      device_unused_fallback_key_types: ["signed_curve25519"],
    };
  }

  #upload({ body }: TinyRequest, device: TinyDevice): Answer {
    if (isRecord(body["device_keys"])) device.keys = body["device_keys"];
    device.oneTimeKeys.push(...Object.entries(recordAt(body, "one_time_keys")));
    return { one_time_key_counts: { signed_curve25519: device.oneTimeKeys.length } };
  }

  #query({ body }: TinyRequest): Answer {
    const users = Object.keys(recordAt(body, "device_keys"));
    const known = (userId: string): TinyDevice[] =>
      this.devices.filter((device) => device.userId === userId && Object.keys(device.keys).length > 0);
    const device_keys = Object.fromEntries(
      users.map((userId) => [userId, Object.fromEntries(known(userId).map(({ deviceId, keys }) => [deviceId, keys]))]),
    );
    return { device_keys, failures: {} };
  }

  #claim({ body }: TinyRequest): Answer {
    const one_time_keys: Record<string, Record<string, Json>> = {};
    for (const [userId, devices] of Object.entries(recordAt(body, "one_time_keys"))) {
      for (const deviceId of Object.keys(isRecord(devices) ? devices : {})) {
        const key = this.devices
          .find((device) => device.userId === userId && device.deviceId === deviceId)
          ?.oneTimeKeys.shift();
        if (key) (one_time_keys[userId] ??= {})[deviceId] = { [key[0]]: key[1] };
      }
    }
    return { one_time_keys, failures: {} };
  }

  #send({ body, path, url }: TinyRequest, sender: TinyDevice): Answer {
    const [roomId = "", , type = ""] = path.split("/").slice(-4).map(decodeURIComponent);
    const delayed = url.searchParams.has("org.matrix.msc4140.delay");
    const answer =
      this.#sent.get(path) ??
      (delayed
        ? { delay_id: `delay${this.#nextId++}` }
        : { event_id: this.publish(roomId, { type, sender: sender.userId, content: body })["event_id"] });
    this.#sent.set(path, answer);
    return answer;
  }

  #sendToDevice({ body, path }: TinyRequest, sender: TinyDevice): Answer {
    const type = decodeURIComponent(path.split("/").at(-2) ?? "");
    for (const [userId, devices] of Object.entries(recordAt(body, "messages"))) {
      for (const [deviceId, content] of Object.entries(isRecord(devices) ? devices : {})) {
        const device = this.devices.find((one) => one.userId === userId && one.deviceId === deviceId);
        if (device) this.deliver(device, { type, sender: sender.userId, content });
      }
    }
    return {};
  }
}

function timelines(device: TinyDevice): Json {
  const rooms: Record<string, { timeline: { events: Json[] } }> = {};
  for (const { roomId, event } of device.timeline)
    (rooms[roomId] ??= { timeline: { events: [] } }).timeline.events.push(event);
  return rooms;
}

/** The answer of register and login for a device. */
export function credentialsOf(device: TinyDevice): Json {
  return { user_id: device.userId, device_id: device.deviceId, access_token: device.token };
}

function news(device: TinyDevice, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    device.wake = resolve;
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

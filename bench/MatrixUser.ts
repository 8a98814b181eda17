const V3 = "/_matrix/client/v3";

type Json = Record<string, unknown>;

/** An account that a benchmark uses by hand. */
export class MatrixUser {
  readonly userId: string;
  readonly deviceId: string;
  readonly #url: string;
  readonly #token: string;
  #transactions = 0;

  private constructor(url: string, made: Json) {
    this.#url = url;
    this.userId = String(made["user_id"]);
    this.deviceId = String(made["device_id"]);
    this.#token = String(made["access_token"]);
  }

  /** Registers; in two requests where the homeserver wants its session back. */
  static async register(url: string, username: string, password: string): Promise<MatrixUser> {
    const body = { username, password, auth: { type: "m.login.dummy" } };
    const first = await request(url, undefined, { method: "POST", path: "/register", body });
    if (first.status === 200) return new MatrixUser(url, first.body);
    const auth = { type: "m.login.dummy", session: first.body["session"] };
    const second = await request(url, undefined, { method: "POST", path: "/register", body: { ...body, auth } });
    if (second.status !== 200) throw new Error(`Registering failed: ${JSON.stringify(second.body)}`);
    return new MatrixUser(url, second.body);
  }

  /** @throws if the homeserver refuses */
  async ask(method: string, path: string, body?: Json): Promise<Json> {
    const answer = await request(this.#url, this.#token, { method, path, body });
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async createRoom(options: Json): Promise<string> {
    return String((await this.ask("POST", "/createRoom", { preset: "public_chat", ...options }))["room_id"]);
  }

  async join(roomId: string): Promise<void> {
    await this.ask("POST", `/join/${encodeURIComponent(roomId)}`, {});
  }

  async leave(roomId: string): Promise<void> {
    await this.ask("POST", `/rooms/${encodeURIComponent(roomId)}/leave`, {});
  }

  async send(roomId: string, text: string): Promise<void> {
    const path = `/rooms/${encodeURIComponent(roomId)}/send/m.room.message/t${this.#transactions++}`;
    await this.ask("PUT", path, { msgtype: "m.text", body: text });
  }

  async writeMembership(roomId: string): Promise<void> {
    const key = encodeURIComponent(`_${this.userId}_${this.deviceId}_m.call`);
    await this.ask("PUT", `/rooms/${encodeURIComponent(roomId)}/state/org.matrix.msc3401.call.member/${key}`, {
      application: "m.call",
      call_id: "",
      scope: "m.room",
      device_id: this.deviceId,
      expires: 14_400_000,
      "m.call.intent": "video",
      focus_active: { type: "livekit", focus_selection: "multi_sfu" },
      foci_preferred: [
        { type: "livekit", livekit_service_url: "https://rtc.example/livekit/jwt", livekit_alias: roomId },
      ],
    });
  }

  /** One message to each of these devices, in one request. */
  async sendToDevices(recipients: readonly MatrixUser[], content: Json): Promise<void> {
    const messages = Object.fromEntries(recipients.map((to) => [to.userId, { [to.deviceId]: content }]));
    await this.ask("PUT", `/sendToDevice/m.room.encrypted/t${this.#transactions++}`, { messages });
  }
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: Json | undefined;
}

async function request(url: string, token: string | undefined, asked: Asked): Promise<{ status: number; body: Json }> {
  const path = asked.path.startsWith("/_") ? asked.path : `${V3}${asked.path}`;
  const response = await fetch(`${url}${path}`, {
    method: asked.method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(asked.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
  });
  return { status: response.status, body: (await response.json()) as Json };
}

import { createHash } from "node:crypto";

import { silentLogger, type LogFields } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { SignJWT } from "jose";

import { createJwtService, type Homeservers, type JwtService, type OpenIdToken } from "../index.ts";
import { FakeDelayedEvents } from "./FakeDelayedEvents.ts";
import { FakeJobStore } from "./FakeJobStore.ts";
import { FakeSfuRooms } from "./FakeSfuRooms.ts";

export const SECRET = "0123456789abcdef0123456789abcdef";
export const ALICE = "@alice:example.com";

export const openIdToken = {
  access_token: "opaque",
  token_type: "Bearer",
  matrix_server_name: "example.com",
  expires_in: 3600,
} as const;

/** What alice asks for at `/get_token`. */
export const memberBody = {
  room_id: "!room:example.com",
  slot_id: "m.call#",
  openid_token: openIdToken,
  member: { id: "member-1", claimed_user_id: ALICE, claimed_device_id: "DEVICE" },
} as const;

/** What alice asks for at `/sfu/get`. */
export const deviceBody = { room: "!room:example.com", device_id: "DEVICE", openid_token: openIdToken } as const;

/** Where alice is on the SFU after `/get_token`. */
export const PLACE = {
  room: "hrQ0l3fv1RI0sCBUn3Nu59Bu/b3f7hWXbMLLfFMLNOY",
  identity: "vYVt8NUMTb0rAawkFqilcAtxKgY26U3Ab7R9INviNnU",
} as const;

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<"url" | "jwt" | "errcode" | "error", string>> & { readonly retry_after_ms?: number };
}

/** A service among fakes, with everything that a test may want to turn. */
export class ServiceLab {
  /** Tokens are verified against the real time. */
  readonly clock = new FakeClock(Date.now());
  readonly sfu = new FakeSfuRooms();
  readonly events = new FakeDelayedEvents();
  readonly store = new FakeJobStore();
  readonly lookUps: OpenIdToken[] = [];
  readonly lines: LogFields[] = [];
  userOf: (token: OpenIdToken) => Promise<string> = () => Promise.resolve(ALICE);
  membership: Homeservers["membership"];

  open(fullAccessHomeservers: readonly string[] = ["example.com"], config: object = {}): JwtService {
    const note = (message: string, fields: LogFields = {}): void => void this.lines.push({ message, ...fields });
    const openIdUser = (token: OpenIdToken): Promise<string> => {
      this.lookUps.push(token);
      return this.userOf(token);
    };
    return createJwtService(
      {
        clock: this.clock,
        logger: { ...silentLogger, info: note, warn: note, error: note },
        random: () => 0.5,
        homeservers: { openIdUser, ...(this.membership ? { membership: this.membership } : {}) },
        delayedEvents: this.events,
        sfu: this.sfu,
        jobStore: this.store,
      },
      {
        livekitUrl: "wss://sfu.example.com",
        livekitKey: "devkey",
        livekitSecret: SECRET,
        fullAccessHomeservers,
        ...config,
      },
    );
  }

  async ask(path: string, body: unknown, service: JwtService = this.open()): Promise<Answered> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await service.fetch(
      new Request(`http://jwt.test${path}`, { method: "POST", body: text }),
      "192.0.2.1",
    );
    const { status, headers } = response;
    return { status, headers, body: JSON.parse(await response.text()) as Answered["body"] };
  }
}

/** What the SFU posts when something happens to alice. */
export async function webhook(
  event: string,
  { secret = SECRET, reason = "SIGNAL_CLOSE", id = event } = {},
): Promise<Request> {
  const participant = { identity: PLACE.identity, sid: "PA_1", disconnectReason: reason };
  const body = JSON.stringify({ event, id, room: { name: PLACE.room }, participant });
  const sha256 = createHash("sha256").update(body).digest("base64");
  const authorization = await new SignJWT({ sha256 })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer("devkey")
    .setExpirationTime("5m")
    .sign(new TextEncoder().encode(secret));
  return new Request("http://jwt.test/sfu_webhook", { method: "POST", body, headers: { authorization } });
}

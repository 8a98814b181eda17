import { randomUUID } from "node:crypto";

import type { FakeHomeserver } from "./FakeHomeserver.ts";
import { goJson, rtcHash } from "./rtcHash.ts";

/** The three routes that take a token. */
export const ROUTES = ["/get_token", "/sfu/get", "/delegate_delayed_leave"] as const;
export type Route = (typeof ROUTES)[number];
/** Those that give one. */
export const TOKEN_ROUTES = ["/get_token", "/sfu/get"] as const;

type Fields = Readonly<Record<string, unknown>>;

/** A user with a device, in a room, with a delayed leave event: what requests are made of. */
export class Person {
  readonly homeserver: FakeHomeserver;
  readonly userId: string;
  readonly deviceId: string = `DEVICE${randomUUID().slice(0, 8)}`;
  readonly memberId: string = randomUUID();
  readonly roomId: string;
  readonly slotId = "m.call#ROOM";
  readonly delayId: string = `syd_${randomUUID()}`;
  readonly token: string;

  constructor(homeserver: FakeHomeserver) {
    this.homeserver = homeserver;
    this.userId = `@alice-${randomUUID()}:${homeserver.serverName}`;
    this.roomId = `!${randomUUID()}:${homeserver.serverName}`;
    this.token = homeserver.tokenOf(this.userId);
  }

  get openIdToken(): Fields {
    return {
      access_token: this.token,
      token_type: "Bearer",
      matrix_server_name: this.homeserver.serverName,
      expires_in: 3600,
    };
  }

  get member(): Fields {
    return { id: this.memberId, claimed_user_id: this.userId, claimed_device_id: this.deviceId };
  }

  /** A good body for a route. `/delegate_delayed_leave` has its delay parameters; token routes have none. */
  bodyFor(route: Route, more: Fields = {}): Fields {
    const place =
      route === "/sfu/get"
        ? { room: this.roomId, device_id: this.deviceId }
        : { room_id: this.roomId, slot_id: this.slotId, member: this.member };
    const delay = route === "/delegate_delayed_leave" ? this.delay() : {};
    return { ...place, openid_token: this.openIdToken, ...delay, ...more };
  }

  /** The delay parameters. */
  delay(delayTimeoutMs = 60_000, delayId = this.delayId): Fields {
    return { delay_id: delayId, delay_timeout: delayTimeoutMs };
  }

  /** Room of the SFU, by the contract. */
  get sfuRoom(): string {
    return rtcHash(this.roomId, this.slotId);
  }

  /** Identity on the SFU, by the contract. */
  sfuIdentity(route: Route): string {
    if (route === "/sfu/get") return `${this.userId}:${this.deviceId}`;
    return rtcHash(this.userId, this.deviceId, this.memberId);
  }

  /** Field of the job in Redis. */
  jobField(route: Route): string {
    return goJson([this.sfuRoom, this.sfuIdentity(route)]);
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import {
  CreateRoomRequest,
  ListRoomsResponse,
  ParticipantInfo,
  ParticipantInfo_State,
  Room,
  RoomParticipantIdentity,
} from "@livekit/protocol";
import { decodeJwt, jwtVerify, type JWTPayload } from "jose";

import { endServer, listenOnLoopback } from "./listening.ts";
import { requestBytes } from "./requestText.ts";

const SERVICE = "/twirp/livekit.RoomService/";
const PROTOBUF = "application/protobuf";

/** A call of LiveKit's room service. `claims` are those of its token, whose signature was checked. */
export interface TwirpCall {
  readonly method: string;
  readonly room: string;
  readonly identity?: string;
  readonly request: CreateRoomRequest | RoomParticipantIdentity | undefined;
  readonly contentType: string | undefined;
  readonly claims: JWTPayload;
  readonly atMs: number;
}

/** LiveKit's room service as far as the token service uses it: Twirp over protobuf on loopback. */
export class FakeSfu {
  readonly calls: TwirpCall[] = [];
  /** Rooms whose creation is refused. */
  readonly refusedRooms = new Set<string>();
  /** Rooms for which every call ends without an answer. */
  readonly deadRooms = new Set<string>();
  /** True if a token alone makes a room, as LiveKit does unless `room.auto_create` is false. */
  createsRooms = false;
  /** How far its clock is ahead of ours. */
  clockAheadMs = 0;
  readonly #present = new Set<string>();
  readonly #server: Server;
  readonly #secret: Uint8Array;
  #url = "";

  private constructor(secret: string) {
    this.#secret = new TextEncoder().encode(secret);
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(secret: string): Promise<FakeSfu> {
    const sfu = new FakeSfu(secret);
    sfu.#url = `ws://127.0.0.1:${await listenOnLoopback(sfu.#server)}`;
    return sfu;
  }

  get url(): string {
    return this.#url;
  }

  /** Says that a participant is in a room, or no longer. */
  setPresent(room: string, identity: string, isPresent: boolean): void {
    const key = keyOf(room, identity);
    if (isPresent) this.#present.add(key);
    else this.#present.delete(key);
  }

  callsOf(room: string, method: string): readonly TwirpCall[] {
    return this.calls.filter((call) => call.room === room && call.method === method);
  }

  async close(): Promise<void> {
    await endServer(this.#server);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await requestBytes(request);
    response.setHeader("date", new Date(Date.now() + this.clockAheadMs).toUTCString());
    const url = new URL(request.url ?? "/", "http://sfu");
    const token = url.searchParams.get("access_token") ?? (request.headers.authorization ?? "").replace(/^Bearer /, "");
    if (url.pathname === "/rtc/validate") return this.#validate(token, response);
    if (!request.url?.startsWith(SERVICE)) return void response.writeHead(200).end("OK");
    if (!(await this.#isValid(token))) return refuse(response, 401, "unauthenticated");
    const method = request.url.slice(SERVICE.length);
    const contentType = request.headers["content-type"];
    const decoded = decode(method, body, contentType === PROTOBUF);
    const call: TwirpCall = { method, contentType, claims: decodeJwt(token), atMs: Date.now(), ...decoded };
    this.calls.push(call);
    if (this.deadRooms.has(call.room)) return void response.destroy();
    this.#answerCall(call, response);
  }

  async #validate(token: string, response: ServerResponse): Promise<void> {
    if (!(await this.#isValid(token))) return void response.writeHead(401).end("invalid token");
    if (!this.createsRooms) return void response.writeHead(404).end("requested room does not exist");
    response.writeHead(200).end("success");
  }

  async #isValid(token: string): Promise<boolean> {
    return jwtVerify(token, this.#secret, { currentDate: new Date(Date.now() + this.clockAheadMs) }).then(
      () => true,
      () => false,
    );
  }

  #answerCall(call: TwirpCall, response: ServerResponse): void {
    if (call.method === "ListRooms") return send(response, call, new ListRoomsResponse());
    if (call.method === "CreateRoom") {
      if (this.refusedRooms.has(call.room)) return refuse(response, 403, "permission_denied");
      return send(response, call, new Room({ name: call.room, sid: "RM_contract" }));
    }
    if (call.method !== "GetParticipant") return refuse(response, 404, "bad_route");
    const identity = call.identity ?? "";
    if (!this.#present.has(keyOf(call.room, identity))) return refuse(response, 404, "not_found");
    send(response, call, new ParticipantInfo({ identity, state: ParticipantInfo_State.ACTIVE }));
  }
}

function decode(
  method: string,
  body: Buffer,
  isBinary: boolean,
): Pick<TwirpCall, "room" | "request"> & { identity?: string } {
  const ignoring = { ignoreUnknownFields: true };
  if (method === "CreateRoom") {
    const request = isBinary
      ? CreateRoomRequest.fromBinary(body)
      : CreateRoomRequest.fromJsonString(body.toString(), ignoring);
    return { room: request.name, request };
  }
  if (method !== "GetParticipant") return { room: "", request: undefined };
  const request = isBinary
    ? RoomParticipantIdentity.fromBinary(body)
    : RoomParticipantIdentity.fromJsonString(body.toString(), ignoring);
  return { room: request.room, identity: request.identity, request };
}

function send(response: ServerResponse, call: TwirpCall, message: Room | ParticipantInfo | ListRoomsResponse): void {
  const isBinary = call.contentType === PROTOBUF;
  response.writeHead(200, { "content-type": isBinary ? PROTOBUF : "application/json" });
  response.end(isBinary ? message.toBinary() : message.toJsonString());
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ code, msg: code }));
}

function keyOf(room: string, identity: string): string {
  return `${room} ${identity}`;
}

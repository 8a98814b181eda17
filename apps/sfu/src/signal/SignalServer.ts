import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import type { Clock, Logger } from "@conclave/kit";
import type { AccessGrant } from "@conclave/livekit-wire";
import { type WebSocket, WebSocketServer } from "ws";

import type { SfuLimits } from "../config/limits.ts";
import { SfuError } from "../errors.ts";
import { Participant } from "../room/Participant.ts";
import type { Room } from "../room/Room.ts";
import type { RoomRegistry } from "../room/RoomRegistry.ts";
import { newSid } from "../room/sid.ts";
import { admit, type JoinRequest, toRefusal } from "./admit.ts";
import { clientOptions } from "./clientOptions.ts";
import { CORS_HEADERS } from "./cors.ts";
import { startAnewMessage } from "./joinMessages.ts";
import { resumeSession, type SessionDeps, startSession } from "./runSession.ts";
import { SignalSession } from "./SignalSession.ts";

export interface ServerDeps {
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  readonly logger: Logger;
  readonly rooms: RoomRegistry;
  readonly limits: SfuLimits;
  /** A join was refused. */
  readonly refused: () => void;
}

export interface ServerConfig {
  readonly apiKeys: Readonly<Record<string, string>>;
  readonly autoCreateRooms: boolean;
  readonly nodeId: string;
}

const SIGNAL_PATH = "/rtc";

/** Lets clients in: checks tokens, finds or makes rooms, and turns upgrades into sessions. */
export class SignalServer {
  readonly #deps: ServerDeps;
  readonly #config: ServerConfig;
  readonly #identity: Pick<SessionDeps, "nodeId" | "apiKeys">;
  readonly #sockets: WebSocketServer;

  constructor(deps: ServerDeps, config: ServerConfig) {
    this.#deps = deps;
    this.#config = config;
    this.#identity = { nodeId: config.nodeId, apiKeys: config.apiKeys };
    this.#sockets = new WebSocketServer({ noServer: true, maxPayload: deps.limits.signalMessageBytes });
  }

  /**
   * All checks of a join without joining: what `/rtc/validate` answers.
   *
   * @throws {SfuError} see `toRefusal`
   */
  async validate(request: JoinRequest): Promise<AccessGrant> {
    const { clock, limits } = this.#deps;
    const grant = await admit(request, { keys: this.#config.apiKeys, nowMs: clock.nowMs(), limits });
    const room = await this.#deps.rooms.find(grant.room);
    if (!room && !this.#config.autoCreateRooms) throw new SfuError("room_not_found", "No such room");
    this.#deps.rooms.requireSpace(room, grant.identity);
    return grant;
  }

  /** Takes over an upgrade, or answers it with an HTTP error. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): void {
    // Until ws takes over: a reset must not end the process.
    socket.on("error", ignoreReset);
    const query = url.searchParams;
    const join = { query, authorization: request.headers.authorization };
    void this.#join(url.pathname, join).then(
      (open) => this.#sockets.handleUpgrade(request, socket, head, (webSocket) => open(webSocket)),
      (fault: unknown) => this.#refuse(socket, fault),
    );
  }

  close(): void {
    for (const socket of this.#sockets.clients) socket.close(1001);
    this.#sockets.close();
  }

  /** Decides everything before the upgrade; what is returned runs after it. */
  async #join(path: string, request: JoinRequest): Promise<(socket: WebSocket) => void> {
    if (path !== SIGNAL_PATH) throw new SfuError("path_not_found", "No such path");
    const grant = await this.validate(request);
    const { query } = request;
    if (query.get("reconnect") === "1") return this.#prepareResume(grant, query.get("sid") ?? "");
    const room = await this.#deps.rooms.create(grant.room);
    return (socket) => this.#start(room, grant, query, socket);
  }

  #start(room: Room, grant: AccessGrant, query: URLSearchParams, socket: WebSocket): void {
    const { clock, logger, randomBytes } = this.#deps;
    const session = new SignalSession(socket, logger);
    try {
      // Others may have come, or the room may have gone, while the socket was being opened.
      this.#deps.rooms.requireSpace(room, grant.identity);
    } catch (fault) {
      this.#deps.refused();
      return session.refuse(fault as SfuError);
    }
    const participant = new Participant({
      sid: newSid("PA_", randomBytes),
      grant,
      client: clientOptions(query),
      joinedAtMs: clock.nowMs(),
      sink: session,
    });
    logger.info("participant joined", { room: room.sid, participant: participant.sid });
    startSession({ room, participant, session, ...this.#identity });
  }

  async #prepareResume(grant: AccessGrant, sid: string): Promise<(socket: WebSocket) => void> {
    const { logger, rooms } = this.#deps;
    const found = await rooms.findParticipant(grant.room, sid);
    // A token of somebody else must not take over a session.
    const isOwn = found?.participant.identity === grant.identity;
    return (socket) => {
      const session = new SignalSession(socket, logger);
      if (found && isOwn && found.participant.state !== "disconnected") {
        return resumeSession({ ...found, session, ...this.#identity });
      }
      session.send(startAnewMessage());
      session.end();
    };
  }

  #refuse(socket: Duplex, fault: unknown): void {
    const { status, text } = toRefusal(fault);
    const code = fault instanceof SfuError ? fault.code : "internal";
    this.#deps.logger.info("join refused", { code, status });
    this.#deps.refused();
    const headers = Object.entries({
      ...CORS_HEADERS,
      "content-type": "text/plain; charset=utf-8",
      "content-length": String(Buffer.byteLength(text)),
      connection: "close",
    });
    const lines = [`HTTP/1.1 ${status} Refused`, ...headers.map(([name, value]) => `${name}: ${value}`)];
    socket.end(`${lines.join("\r\n")}\r\n\r\n${text}`);
  }
}

function ignoreReset(): void {}

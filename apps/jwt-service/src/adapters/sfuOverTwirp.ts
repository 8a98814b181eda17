import type { Clock } from "@conclave/kit";

import { hs256Signer } from "../grant/hs256.ts";
import type { SigningKey } from "../grant/signGrant.ts";
import { SfuCallFailed, type SfuRooms } from "../sfu.ts";
import { type Deadline, deadlineIn } from "./deadline.ts";
import type { HttpAnswer, HttpCall } from "./httpCall.ts";
import { readFirstText, writeMessage } from "./protobuf.ts";

/** Seconds that a room without participants is kept before anybody came. */
const EMPTY_TIMEOUT_SECONDS = 300;
/** Seconds that a room is kept after the last participant left. */
const DEPARTURE_TIMEOUT_SECONDS = 20;
const UNLIMITED = 0;
const ADMIN_TOKEN_SECONDS = 300;
const REUSED_FOR_MS = 120_000;
const CALL_TIMEOUT_MS = 5000;
const MAX_ANSWER_BYTES = 64 * 1024;

interface TwirpDeps {
  readonly clock: Clock;
  /** Over the network, or in process where the SFU is part of the same program. */
  readonly call: HttpCall;
}

interface TwirpConfig extends SigningKey {
  /** WebSocket URL of the SFU; its API is at the HTTP form of it. */
  readonly livekitUrl: string;
}

/** Speaks to the SFU's room service. @see LiveKit server API; Twirp v7 */
export function sfuOverTwirp(deps: TwirpDeps, config: TwirpConfig): SfuRooms {
  const base = config.livekitUrl.replace(/^ws/, "http").replace(/\/+$/, "");
  const sign = hs256Signer(config.livekitSecret);

  const tokenFor = (video: object): string => sign(adminClaims(config, deps.clock.nowMs(), video));
  // The same for every room: making one is part of handing out each token.
  const roomMakerToken = reused(deps.clock, () => tokenFor({ roomCreate: true }));

  async function twirp(method: string, token: string, message: Buffer): Promise<Buffer> {
    const answer = await deps.call({
      method: "POST",
      url: new URL(`${base}/twirp/livekit.RoomService/${method}`),
      headers: {
        ...bearer(token),
        "content-type": "application/protobuf",
      },
      body: message,
      ...bounds(),
    });
    if (answer.status === 200) return answer.body;
    throw new SfuCallFailed(answer.status, twirpCode(answer), clockSkewMs(answer, deps.clock.nowMs()));
  }

  return {
    async createRoom(name) {
      const fields = {
        1: name,
        2: EMPTY_TIMEOUT_SECONDS,
        3: UNLIMITED,
        10: DEPARTURE_TIMEOUT_SECONDS,
      };
      await twirp("CreateRoom", roomMakerToken(), writeMessage(fields));
    },
    async find({ room, identity }) {
      try {
        const message = writeMessage({ 1: room, 2: identity });
        return { sid: readFirstText(await twirp("GetParticipant", tokenFor({ roomAdmin: true, room }), message)) };
      } catch (fault) {
        if (fault instanceof SfuCallFailed && fault.twirpCode === "not_found") return undefined;
        throw fault;
      }
    },
    async remove({ room, identity }) {
      try {
        await twirp("RemoveParticipant", tokenFor({ roomAdmin: true, room }), writeMessage({ 1: room, 2: identity }));
      } catch (fault) {
        if (!(fault instanceof SfuCallFailed) || fault.twirpCode !== "not_found") throw fault;
      }
    },
    async listRooms(names) {
      await twirp("ListRooms", tokenFor({ roomList: true }), writeMessage({ 1: names }));
    },
    async canJoinMissingRoom(room) {
      const claims = { ...adminClaims(config, deps.clock.nowMs(), { roomJoin: true, room }), sub: "self-check" };
      const url = new URL(`${base}/rtc/validate`);
      const { status } = await deps.call({ method: "GET", url, ...bounds(), headers: bearer(sign(claims)) });
      if (status === 200) return true;
      return status === 404 ? false : undefined;
    },
  };
}

function bounds(): { readonly limitBytes: number; readonly deadline: Deadline } {
  return { limitBytes: MAX_ANSWER_BYTES, deadline: deadlineIn(CALL_TIMEOUT_MS) };
}

/** Makes a token anew only every two minutes. */
function reused(clock: Clock, make: () => string): () => string {
  let [token, madeAtMs] = ["", -Infinity];
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - madeAtMs >= REUSED_FOR_MS) [token, madeAtMs] = [make(), nowMs];
    return token;
  };
}

function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

function adminClaims({ livekitKey }: SigningKey, nowMs: number, video: object): Readonly<Record<string, unknown>> {
  const nowSeconds = Math.floor(nowMs / 1000);
  return { iss: livekitKey, nbf: nowSeconds, exp: nowSeconds + ADMIN_TOKEN_SECONDS, video };
}

/** Errors of Twirp are JSON, whatever the request was. */
function twirpCode({ body }: HttpAnswer): string | undefined {
  try {
    const value = JSON.parse(body.toString("utf8")) as { readonly code?: unknown } | null;
    return typeof value?.code === "string" ? value.code : undefined;
  } catch {
    return undefined;
  }
}

function clockSkewMs({ headers }: HttpAnswer, nowMs: number): number | undefined {
  const theirsMs = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(theirsMs) ? undefined : theirsMs - nowMs;
}

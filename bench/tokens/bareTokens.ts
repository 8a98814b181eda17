import { createHmac } from "node:crypto";
import { Agent as HttpAgent, createServer, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent, get } from "node:https";

/**
 * What Node needs for a token alone: reads a body as JSON and answers a signed token. With `LOOK_UP_URL` it also asks
 * that address, over TLS, before, and has a room made at `ROOM_URL`. It says `port NUMBER` once it listens.
 */
const VALID_SECONDS = 600;
const key = process.env["LIVEKIT_KEY"] ?? "";
const secret = process.env["LIVEKIT_SECRET"] ?? "";
const lookUpUrl = process.env["LOOK_UP_URL"];
const roomUrl = process.env["ROOM_URL"];
const httpAgent = new HttpAgent({ keepAlive: true });
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const HEADER = encode({ alg: "HS256", typ: "JWT" });

interface Asked {
  readonly room_id: string;
  readonly openid_token: { readonly access_token: string };
  readonly member: { readonly id: string };
}

function sign({ room_id, member }: Asked): string {
  const now = Math.floor(Date.now() / 1000);
  const video = { roomJoin: true, room: room_id, canPublish: true, canSubscribe: true };
  const claims = { iss: key, sub: member.id, nbf: now, exp: now + VALID_SECONDS, video };
  const signed = `${HEADER}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

function read(message: IncomingMessage, done: (text: string) => void): void {
  let text = "";
  message.setEncoding("utf8").on("data", (part: string) => (text += part));
  message.on("end", () => done(text));
}

function lookUp(token: string, done: () => void): void {
  if (lookUpUrl === undefined) return done();
  get(`${lookUpUrl}/_matrix/federation/v1/openid/userinfo?access_token=${token}`, { agent }, (answer) => {
    read(answer, (text) => {
      JSON.parse(text);
      done();
    });
  });
}

function makeRoom(asked: Asked, done: () => void): void {
  if (roomUrl === undefined) return done();
  const url = `${roomUrl}/twirp/livekit.RoomService/CreateRoom`;
  const headers = { authorization: `Bearer ${sign(asked)}`, "content-type": "application/protobuf" };
  // Field 1 of the message: the name.
  const name = Buffer.from(asked.room_id);
  const sending = httpRequest(url, { method: "POST", agent: httpAgent, headers }, (answer) => read(answer, done));
  sending.end(Buffer.concat([Buffer.of(0x0a, name.byteLength), name]));
}

const server = createServer((request, response) => {
  read(request, (text) => {
    const asked = JSON.parse(text) as Asked;
    lookUp(asked.openid_token.access_token, () => {
      makeRoom(asked, () => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ url: "ws://127.0.0.1:9", jwt: sign(asked) }));
      });
    });
  });
});
server.listen(0, "127.0.0.1", () => console.log(`port ${(server.address() as { port: number }).port}`));

import { generateKeyPairSync, createSign } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { JOBS, Rig } from "./testing/Rig.ts";
import { isOther, type ServiceProcess } from "./testing/ServiceProcess.ts";
import { KEY, postWebhook, rawToken, SECRET, webhookBody, webhookClaims } from "./testing/webhook.ts";

const ROUTE = "/get_token";
const HS256 = { alg: "HS256", typ: "JWT" };

let rig: Rig;
let service: ServiceProcess;

beforeAll(async () => {
  rig = await Rig.open();
  service = await rig.start({
    LIVEKIT_CS_API_URL_OVERRIDES: `${rig.home.serverName}=${rig.home.clientUrl}`,
    LIVEKIT_REDIS_URL: rig.redis.url,
  });
});

afterAll(() => rig.close());

type Claims = Readonly<Record<string, unknown>>;

const now = (): number => Math.floor(Date.now() / 1000);
const parts = (token: string): [string, string, string] => token.split(".") as [string, string, string];

function signedByRsa(claims: Claims): string {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = publicKey.export({ format: "jwk" });
  const [header, payload] = parts(rawToken({ alg: "RS256", typ: "JWT", jwk }, claims));
  return `${header}.${payload}.${createSign("sha256").update(`${header}.${payload}`).sign(privateKey, "base64url")}`;
}

/** Each is wrong in one way only. */
const MALFORMED: readonly (readonly [string, (claims: Claims) => string])[] = [
  ["algorithm none and no signature", (c) => rawToken({ alg: "none" }, c).replace(/[^.]*$/, "")],
  ["algorithm None", (c) => rawToken({ alg: "None" }, c).replace(/[^.]*$/, "")],
  ["algorithm NONE, though signed", (c) => rawToken({ alg: "NONE" }, c)],
  ["algorithm nOnE", (c) => rawToken({ alg: "nOnE" }, c)],
  ["algorithm hs256 in small letters", (c) => rawToken({ alg: "hs256" }, c)],
  ["algorithm HS384, rightly signed", (c) => rawToken({ alg: "HS384" }, c, "sha384")],
  ["algorithm HS512, rightly signed", (c) => rawToken({ alg: "HS512" }, c, "sha512")],
  ["algorithm HS1", (c) => rawToken({ alg: "HS1" }, c, "sha1")],
  ["algorithm RS256 with an HMAC", (c) => rawToken({ alg: "RS256" }, c)],
  ["algorithm RS256 with a key of its own", signedByRsa],
  ["algorithm ES256 with an HMAC", (c) => rawToken({ alg: "ES256" }, c)],
  ["no algorithm", (c) => rawToken({ typ: "JWT" }, c)],
  ["an empty algorithm", (c) => rawToken({ alg: "" }, c)],
  ["a list of algorithms", (c) => rawToken({ alg: ["HS256", "none"] }, c)],
  ["a critical extension that nobody knows", (c) => rawToken({ ...HS256, crit: ["x"], x: 1 }, c)],
  ["an unencoded payload", (c) => rawToken({ ...HS256, b64: false, crit: ["b64"] }, c)],
  ["a header that is no object", (c) => rawToken([HS256], c)],
  ["a header that is no JSON", (c) => rawToken("{alg:HS256}", c)],
  ["an empty header", (c) => rawToken("", c)],
  ["claims that are no JSON", () => rawToken(HS256, "{")],
  ["claims that are a list", (c) => rawToken(HS256, [c])],
  ["claims that are null", () => rawToken(HS256, "null")],
  ["the hash of the signature of another secret", (c) => rawToken(HS256, c, "sha256", `${SECRET}x`)],
  ["an empty secret", (c) => rawToken(HS256, c, "sha256", "")],
  ["the key as its secret", (c) => rawToken(HS256, c, "sha256", KEY)],
  ["an empty signature", (c) => rawToken(HS256, c).replace(/[^.]*$/, "")],
  ["half a signature", (c) => rawToken(HS256, c).slice(0, -20)],
  ["a signature with something behind", (c) => `${rawToken(HS256, c)}AAAA`],
  [
    "claims of another token",
    (c) =>
      [parts(rawToken(HS256, c))[0], parts(rawToken(HS256, { ...c, exp: 2e9 }))[1], parts(rawToken(HS256, c))[2]].join(
        ".",
      ),
  ],
  ["a fourth part", (c) => `${rawToken(HS256, c)}.x`],
  ["one part", () => "eyJhbGciOiJIUzI1NiJ9"],
  ["dots alone", () => ".."],
  ["another issuer", (c) => rawToken(HS256, { ...c, iss: "otherkey" })],
  ["the issuer in capitals", (c) => rawToken(HS256, { ...c, iss: KEY.toUpperCase() })],
  ["a list of issuers", (c) => rawToken(HS256, { ...c, iss: [KEY] })],
  ["no issuer", (c) => rawToken(HS256, { ...c, iss: undefined })],
  ["a name of every object as issuer", (c) => rawToken(HS256, { ...c, iss: "__proto__" })],
  ["an expiry in the past", (c) => rawToken(HS256, { ...c, exp: now() - 3600 })],
  ["an expiry that is a text", (c) => rawToken(HS256, { ...c, exp: "soon" })],
  ["a beginning in the future", (c) => rawToken(HS256, { ...c, nbf: now() + 3600 })],
  ["the hash of no body", (c) => rawToken(HS256, { ...c, sha256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" })],
  ["a hash that is a number", (c) => rawToken(HS256, { ...c, sha256: 7 })],
  [
    "the hash in base64url without padding",
    (c) => rawToken(HS256, { ...c, sha256: String(c["sha256"]).replace(/=+$/, "") }),
  ],
  ["no hash", (c) => rawToken(HS256, { ...c, sha256: undefined })],
  ["an access token for joining", (c) => rawToken(HS256, { iss: c["iss"], exp: c["exp"], video: { roomJoin: true } })],
  ["a megabyte", (c) => rawToken(HS256, { ...c, x: "x".repeat(8000) }) + "A".repeat(4000)],
];

/** lk-jwt-service does not look at `crit`, which RFC 7515 (4.1.11) asks for. */
const IGNORED_BY_OTHERS = ["a critical extension that nobody knows", "an unencoded payload"];

describe("T14: a webhook changes nothing when its token has", () => {
  it.each(MALFORMED.filter(([name]) => !isOther || !IGNORED_BY_OTHERS.includes(name)))("%s", async (_, make) => {
    const person = rig.person();
    const [room, identity] = [person.sfuRoom, person.sfuIdentity(ROUTE)];
    await service.post(ROUTE, person.bodyFor(ROUTE, person.delay()));
    const body = webhookBody({ event: "participant_joined", room, identity });

    const answer = await service.request("/sfu_webhook", {
      method: "POST",
      body,
      headers: { authorization: make(webhookClaims(body)) },
    });

    // One refusal for all; lk-jwt-service says 200 to everything (section 12).
    expect([answer.status, answer.text]).toEqual([isOther ? 200 : 401, ""]);
    // Still waiting: an aborted connection ends the job without a call, which it would not of a connected one.
    await postWebhook(service, { event: "participant_connection_aborted", room, identity });
    await vi.waitFor(() => expect(rig.redis.hash(JOBS).has(person.jobField(ROUTE))).toBe(false), { timeout: 60_000 });
    expect(rig.home.callsOf(person.delayId)).toEqual([]);
  });

  it("and one that has nothing of that connects the same job", async () => {
    const person = rig.person();
    expect((await service.post(ROUTE, person.bodyFor(ROUTE, person.delay()))).status).toBe(200);
    const event = { event: "participant_joined", room: person.sfuRoom, identity: person.sfuIdentity(ROUTE) };
    const body = webhookBody(event);

    const { status } = await service.request("/sfu_webhook", {
      method: "POST",
      body,
      headers: { authorization: rawToken(HS256, webhookClaims(body)) },
    });

    expect(status).toBe(200);
    await vi.waitFor(() => expect(rig.home.actionsOf(person.delayId)).toEqual(["restart"]), { timeout: 60_000 });
  });
});

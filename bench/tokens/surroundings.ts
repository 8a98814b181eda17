import { FakeHomeserver, FakeSfu, makeCertificate } from "@conclave/jwt-service/contract";

const FORGET_MS = 100;

/** Two homeservers that vouch for everybody, and an SFU. It says `places NAME NAME URL` once they listen. */
const certificate = await makeCertificate(["localhost"], ["127.0.0.1"]);
const homeservers = [await FakeHomeserver.start(certificate), await FakeHomeserver.start(certificate)];
for (const homeserver of homeservers) homeserver.vouchFor((token) => `@${token}:${homeserver.serverName}`);
const sfu = await FakeSfu.start(process.env["LIVEKIT_SECRET"] ?? "");
console.log(`places ${homeservers.map(({ serverName }) => serverName).join(" ")} ${sfu.url}`);
// They keep what they were asked, for tests: at thousands a second their own garbage would be what is measured.
setInterval(() => {
  for (const homeserver of homeservers) homeserver.lookUps.length = 0;
  sfu.calls.length = 0;
}, FORGET_MS);

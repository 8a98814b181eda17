import { createServer } from "node:http";

import { askAtRate } from "./askForTokens.ts";

/**
 * Floods the service at `URL` as users of `SERVER_NAME`. It says `begun` once it does, and `statuses JSON` at its end.
 * Before that it asks a server of its own, so that what is measured is the flood and not the start of this program.
 */
const { URL: url = "", SERVER_NAME: serverName = "", PER_SECOND, SECONDS } = process.env;
const WARM_UP_SECONDS = 2;

const server = createServer((request, response) => request.resume().on("end", () => response.end("{}")));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as { port: number };
const mine = { url: `http://127.0.0.1:${port}`, serverName, user: "mallory" };
await askAtRate(() => mine, Number(PER_SECOND), WARM_UP_SECONDS);
console.log("begun now");
const answers = await askAtRate(
  (index) => ({ url, serverName, user: `mallory-${index}` }),
  Number(PER_SECOND),
  Number(SECONDS),
);
const counts: Record<number, number> = {};
for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
console.log(`statuses ${JSON.stringify(counts)}`);
process.exit(0);

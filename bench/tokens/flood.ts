import { askAtRate } from "./askForTokens.ts";

/** Floods the service at `URL` as users of `SERVER_NAME`. It says `statuses JSON` at its end. */
const { URL: url = "", SERVER_NAME: serverName = "", PER_SECOND, SECONDS } = process.env;
const answers = await askAtRate(
  (index) => ({ url, serverName, user: `mallory-${index}` }),
  Number(PER_SECOND),
  Number(SECONDS),
);
const counts: Record<number, number> = {};
for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
console.log(`statuses ${JSON.stringify(counts)}`);
process.exit(0);

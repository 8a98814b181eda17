import { Agent, request } from "node:http";

/** One request for a token, and where its user is from. */
export interface Ask {
  readonly url: string;
  readonly serverName: string;
  /** The token is the user's name: the homeservers of this benchmark vouch for it. */
  readonly user: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Asks for a token; returns the status, 0 if the connection broke. */
export function askForToken({ url, serverName, user }: Ask): Promise<number> {
  const body = JSON.stringify({
    room_id: `!room:${serverName}`,
    slot_id: "m.call#ROOM",
    openid_token: { access_token: user, token_type: "Bearer", matrix_server_name: serverName, expires_in: 3600 },
    member: { id: "member-1", claimed_user_id: `@${user}:${serverName}`, claimed_device_id: "DEVICE" },
  });
  return new Promise((resolve) => {
    const sending = request(`${url}/get_token`, { method: "POST", agent }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    sending.on("error", () => resolve(0));
    sending.end(body);
  });
}

/** So many requests, some at once; counts the statuses. */
export async function askMany(ask: Ask, count: number, atOnce: number): Promise<ReadonlyMap<number, number>> {
  const statuses = new Map<number, number>();
  let left = count;
  const ask1 = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const status = await askForToken(ask);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, ask1));
  return statuses;
}

const TICK_MS = 1;

/**
 * Asks at a rate, whether answers come or not, for some seconds.
 *
 * @returns for each request its status and how long after its time it was answered
 */
export async function askAtRate(
  askOf: (index: number) => Ask,
  perSecond: number,
  seconds: number,
): Promise<readonly { readonly status: number; readonly tookMs: number }[]> {
  const startedAtMs = performance.now();
  const count = perSecond * seconds;
  const asked: Promise<{ status: number; tookMs: number }>[] = [];
  while (asked.length < count) {
    const due = Math.min(count, 1 + Math.floor(((performance.now() - startedAtMs) / 1000) * perSecond));
    while (asked.length < due) {
      const dueAtMs = startedAtMs + (asked.length / perSecond) * 1000;
      asked.push(askForToken(askOf(asked.length)).then((status) => ({ status, tookMs: performance.now() - dueAtMs })));
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  return Promise.all(asked);
}

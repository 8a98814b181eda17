import { sleep, systemClock } from "@conclave/kit";

interface Device {
  readonly userId: string;
  readonly deviceId: string;
}

const STEP_MS = 100;
const ENCRYPTION = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };

/** An encrypted room for calls, made by somebody who is not seen again. */
export async function makeRoom(homeserver: string): Promise<{ roomId: string; accessToken: string }> {
  const maker = await post<{ access_token: string }>(`${homeserver}/_matrix/client/v3/register`, {
    auth: { type: "m.login.dummy" },
    username: `maker-${crypto.randomUUID()}`,
    password: crypto.randomUUID(),
  });
  const room = await post<{ room_id: string }>(
    `${homeserver}/_matrix/client/v3/createRoom`,
    {
      preset: "public_chat",
      initial_state: [ENCRYPTION],
      power_level_content_override: { events: { "org.matrix.msc3401.call.member": 0 } },
    },
    maker.access_token,
  );
  return { roomId: room.room_id, accessToken: maker.access_token };
}

/** Resolves when the homeserver hands out the keys of the devices. */
export async function awaitKeys(homeserver: string, accessToken: string, devices: readonly Device[]): Promise<void> {
  const asked = Object.fromEntries(devices.map(({ userId, deviceId }) => [userId, [deviceId]]));
  for (;;) {
    const answer = await post<{ device_keys: Record<string, Record<string, unknown>> }>(
      `${homeserver}/_matrix/client/v3/keys/query`,
      { device_keys: asked },
      accessToken,
    );
    if (devices.every(({ userId, deviceId }) => answer.device_keys[userId]?.[deviceId] !== undefined)) return;
    await sleep(systemClock, STEP_MS);
  }
}

async function post<T>(url: string, body: object, accessToken?: string): Promise<T> {
  const response = await fetch(url, {
    method: "POST",
    headers: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as T;
}

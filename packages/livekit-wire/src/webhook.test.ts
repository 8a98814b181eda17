import { WebhookReceiver } from "livekit-server-sdk";
import { describe, expect, it } from "vitest";

import { verifyAccessToken } from "./verify.ts";
import { signWebhook } from "./webhook.ts";

const BODY = '{"event":"room_started","id":"EV_1"}';

describe("signWebhook", () => {
  it("is taken by the official receiver, with this body and this secret only", async () => {
    const header = await signWebhook(BODY, { key: "devkey", secret: "devsecret", nowMs: Date.now() });
    const receiver = new WebhookReceiver("devkey", "devsecret");

    expect((await receiver.receive(BODY, header)).id).toBe("EV_1");
    await expect(receiver.receive(`${BODY} `, header)).rejects.toThrow("sha256");
    await expect(new WebhookReceiver("devkey", "other").receive(BODY, header)).rejects.toThrow();
  });

  it("is good for five minutes", async () => {
    const nowMs = Date.UTC(2026, 10, 30);
    const header = await signWebhook(BODY, { key: "devkey", secret: "devsecret", nowMs });

    expect(await verifyAccessToken(header, { devkey: "devsecret" }, nowMs)).toMatchObject({
      expiresAtMs: nowMs + 300_000,
      bodySha256: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) as string,
    });
  });
});

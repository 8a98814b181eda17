import * as z from "zod";

import type { Core } from "../Core.ts";
import { badJson } from "../errors.ts";
import { findNonCanonical } from "../json.ts";
import type { Session } from "../store/AccountStore.ts";
import { authenticate, jsonObject, readJson, V3, type App } from "./context.ts";

const MAX_RECIPIENTS = 5_000;

const bodySchema = z.looseObject({ messages: z.record(z.string(), z.record(z.string(), jsonObject)) });
type Messages = z.output<typeof bodySchema>["messages"];

/** Messages to single devices. @see Client-Server API, "Send-to-Device messaging" */
export function mountToDevice(app: App, core: Core): void {
  app.put(`${V3}/sendToDevice/:type/:txnId`, async (c) => {
    const session = authenticate(core, c);
    core.sendLimit.take(session.userId);
    const { messages } = readJson(c, bodySchema);
    checkMessages(messages);
    const { type, txnId } = c.req.param();
    const transaction = { session, scope: `sendToDevice/${type}`, txnId };
    core.transactions.once(transaction, core.clock.nowMs(), () => {
      deliver(core, { sender: session.userId, type, messages });
      return {};
    });
    return c.json({});
  });
}

function checkMessages(messages: Messages): void {
  let recipients = 0;
  for (const [userId, devices] of Object.entries(messages)) {
    for (const [deviceId, content] of Object.entries(devices)) {
      const fault = findNonCanonical(content, `messages.${userId}.${deviceId}`);
      if (fault !== undefined) throw badJson(`${fault} is not canonical JSON`);
      recipients += 1;
    }
  }
  if (recipients > MAX_RECIPIENTS) throw badJson(`At most ${MAX_RECIPIENTS} recipients in one request`);
}

interface Delivery {
  readonly sender: string;
  readonly type: string;
  readonly messages: Messages;
}

/** Queues a message per device; devices that do not exist are passed over. */
function deliver(core: Core, { sender, type, messages }: Delivery): void {
  const pos = core.db.nextPosition();
  const reached = new Set<string>();
  for (const [userId, devices] of Object.entries(messages)) {
    for (const [deviceId, content] of Object.entries(devices)) {
      const text = JSON.stringify(content);
      for (const to of recipients(core, userId, deviceId)) {
        core.toDevice.put(to, { pos, sender, type, content: text });
        reached.add(userId);
      }
    }
  }
  core.db.afterCommit(() => core.notifier.wake(reached));
}

function recipients(core: Core, userId: string, deviceId: string): Session[] {
  if (deviceId === "*") return core.accounts.devices(userId).map((device) => ({ userId, deviceId: device.deviceId }));
  return core.accounts.device({ userId, deviceId }) ? [{ userId, deviceId }] : [];
}

import { Emitter, type Logger, type Scope } from "@conclave/kit";
import type { DeliveryOutcome, DeviceAddress, ToDeviceMessage, UserId } from "@conclave/matrix-rtc";

import { isRecord, recordAt, stringAt, stringsAt } from "../http/json.ts";
import { ACTIONS, DEVICE_FIELDS, VERSIONS } from "./actions.ts";
import type { Agreement, Terms } from "./Agreement.ts";
import { sendToDevice } from "./capabilities.ts";
import type { WidgetData } from "./ports.ts";
import { claimedDevice, namedDevice, type ProvenDevice } from "./senderDevice.ts";
import type { WidgetHost } from "./WidgetHost.ts";

/** The host looks devices up, opens sessions and encrypts before it answers. */
const SEND_TIMEOUT_MS = 40_000;

export interface WidgetToDeviceDeps {
  readonly host: WidgetHost;
  readonly agreement: Agreement;
  readonly logger: Logger;
  readonly scope: Scope;
}

/** To-device messages through the host, which encrypts and decrypts them. */
export class WidgetToDevice {
  readonly received: Emitter<ToDeviceMessage>;
  readonly #deps: WidgetToDeviceDeps;
  readonly #canNameDevices: Promise<boolean>;

  constructor(deps: WidgetToDeviceDeps) {
    const { agreement, host, logger, scope } = deps;
    this.#deps = deps;
    this.received = new Emitter((error) => logger.error("a to-device listener failed", { error }));
    this.#canNameDevices = agreement.terms().then(canNameDevices, () => false);
    host.answer(ACTIONS.sendToDevice, (data) => this.#take(data), scope);
  }

  /** @throws {HostRefusal | MatrixRtcError} nothing was sent */
  async send(type: string, recipients: readonly DeviceAddress[], content: object): Promise<readonly DeliveryOutcome[]> {
    const { agreement, host } = this.#deps;
    const terms = await agreement.require(sendToDevice(type));
    if (recipients.length === 0) return [];
    const data = { type, encrypted: true, messages: messagesFor(recipients, content) };
    const answer = await host.request(ACTIONS.sendToDevice, data, { timeoutMs: SEND_TIMEOUT_MS });
    const unreachable = canNameDevices(terms) ? recordAt(answer, DEVICE_FIELDS.unreachable) : {};
    return recipients.map((to) => ({
      to,
      result: stringsAt(unreachable, to.userId).includes(to.deviceId) ? "unreachable" : "sent",
    }));
  }

  async #take(data: WidgetData): Promise<object> {
    const [type, sender] = [stringAt(data, "type"), stringAt(data, "sender")];
    if (type === undefined || sender === undefined || !isRecord(data["content"])) return {};
    const encryptedBy = await this.#encryptedBy(data);
    const message = { type, sender: sender as UserId, content: data["content"] };
    this.received.emit(encryptedBy ? { ...message, encryptedBy } : message);
    return {};
  }

  async #encryptedBy(data: WidgetData): Promise<ProvenDevice | undefined> {
    if (data["encrypted"] !== true) return undefined;
    return (await this.#canNameDevices) ? namedDevice(data) : claimedDevice(data["content"]);
  }
}

function canNameDevices({ versions }: Terms): boolean {
  return versions.has(VERSIONS.devices);
}

function messagesFor(recipients: readonly DeviceAddress[], content: object): Record<string, Record<string, object>> {
  const messages: Record<string, Record<string, object>> = {};
  for (const { userId, deviceId } of recipients) (messages[userId] ??= {})[deviceId] = content;
  return messages;
}

import type { Logger } from "@conclave/kit";

import { textAnswer } from "../http/answers.ts";
import { TextTooLong } from "../http/boundedText.ts";
import type { Answered, Asked } from "../http/exchange.ts";
import type { ParticipantEvent } from "./webhookEvent.ts";
import type { WebhookVerdict, WebhookVerifier } from "./WebhookVerifier.ts";

/** An event carries at most a room, a participant and their metadata. */
const MAX_BODY_BYTES = 256 * 1024;

export interface WebhookRouteDeps {
  readonly logger: Logger;
  readonly verifier: WebhookVerifier;
  readonly onOutcome: (outcome: WebhookVerdict["is"]) => void;
  readonly onParticipant: (event: ParticipantEvent) => void;
}

/**
 * Receives what the SFU tells. Repeated and unreadable events are answered like good ones, because the SFU would only send
 * them again; what it did not sign gets 401, which the SFU logs, so that its operator sees the wrong secret.
 */
export async function receiveWebhook(deps: WebhookRouteDeps, asked: Asked): Promise<Answered> {
  const verdict = await judge(deps, asked);
  deps.onOutcome(verdict.is);
  if (verdict.is === "forged") {
    deps.logger.warn("webhook refused: it is not signed with our key");
    return textAnswer(401);
  }
  if (verdict.is === "good" && verdict.event.participant) deps.onParticipant(verdict.event.participant);
  return textAnswer(200);
}

async function judge({ verifier }: WebhookRouteDeps, asked: Asked): Promise<WebhookVerdict> {
  const authorization = asked.header("authorization");
  if (asked.method !== "POST" || authorization === undefined) return { is: "forged" };
  try {
    return await verifier.verify(authorization, await asked.body(MAX_BODY_BYTES));
  } catch (fault) {
    if (fault instanceof TextTooLong) return { is: "forged" };
    throw fault;
  }
}

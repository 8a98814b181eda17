import * as z from "zod";

import type { Core } from "../Core.ts";
import { invalidParam, MatrixError, notFound } from "../errors.ts";
import type { DelayedAction } from "../rooms/DelayedEvents.ts";
import { authenticate, bearerToken, CLIENT, readJson, type App, type Ctx } from "./context.ts";

const PREFIXES = [`${CLIENT}/unstable/org.matrix.msc4140/delayed_events`, `${CLIENT}/v1/delayed_events`] as const;

const ACTIONS: readonly DelayedAction[] = ["restart", "send", "cancel"];

const actionSchema = z.looseObject({ action: z.string().optional() });

/**
 * Managing delayed events in the deployed and the draft spelling. A token is not needed: knowing the delay id is
 * enough, which is how clients hand their dead man's switch to a token service.
 *
 * @see MSC4140
 */
export function mountDelayedEvents(app: App, core: Core): void {
  for (const prefix of PREFIXES) {
    app.get(prefix, (c) => {
      const { userId } = authenticate(core, c);
      const status = c.req.query("status");
      const wanted = c.req.queries("delay_id");
      const events = core.delayed.list(userId).filter((event) => {
        const isFinished = event["finalised_ts"] !== undefined;
        if (status !== undefined && (status === "scheduled") === isFinished) return false;
        return wanted === undefined || wanted.includes(String(event["delay_id"]));
      });
      return c.json({ delayed_events: events });
    });

    app.get(`${prefix}/:delayId`, (c) => {
      const { userId } = authenticate(core, c);
      const [event] = core.delayed.list(userId, c.req.param("delayId"));
      if (!event) throw notFound("Unknown delayed event");
      return c.json(event);
    });

    for (const action of ACTIONS) {
      app.post(`${prefix}/:delayId/${action}`, (c) => {
        limit(core, c);
        core.delayed.act(core, c.req.param("delayId"), action);
        return c.json({});
      });
    }

    app.post(`${prefix}/:delayId`, async (c) => {
      limit(core, c);
      const { action } = readJson(c, actionSchema);
      if (action === undefined) throw new MatrixError(400, "M_MISSING_PARAM", "action is missing");
      const known = ACTIONS.find((candidate) => candidate === action);
      if (!known) throw invalidParam(`action must be one of ${ACTIONS.join(", ")}`);
      core.delayed.act(core, c.req.param("delayId"), known);
      return c.json({});
    });
  }
}

/**
 * By user: of the token (a bad one is refused), else of the event, so that a service which restarts the events of many
 * is not taken for one that floods. Guesses at ids count against the address.
 */
function limit(core: Core, c: Ctx): void {
  const user = bearerToken(c) === undefined ? undefined : authenticate(core, c).userId;
  core.delayedLimit.take(user ?? core.delayed.ownerOf(c.req.param("delayId") ?? "") ?? c.env.remoteAddress);
}

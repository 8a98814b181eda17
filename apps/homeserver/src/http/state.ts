import type { Core } from "../Core.ts";
import { notFound } from "../errors.ts";
import { clientEvent } from "../rooms/clientEvent.ts";
import { readableStatePos } from "../rooms/readableState.ts";
import { authenticate, jsonObject, readJson, V3, type App, type Ctx } from "./context.ts";
import { sendOrSchedule } from "./events.ts";

const STATE = `${V3}/rooms/:roomId/state`;

/** Room state and members. @see Client-Server API, "Getting events for a room" and "Sending events to a room" */
export function mountState(app: App, core: Core): void {
  // The state key may be absent, empty behind a slash, or there.
  for (const path of [`${STATE}/:type`, `${STATE}/:type/`, `${STATE}/:type/:stateKey`]) {
    app.put(path, (c) => putState(core, c));
    app.get(path, (c) => getState(core, c));
  }

  app.get(STATE, (c) => {
    const session = authenticate(core, c);
    const roomId = c.req.param("roomId");
    const events = core.events.stateBetween(roomId, 0, readableStatePos(core, roomId, session.userId));
    return c.json(events.map((event) => clientEvent(core, event, session)));
  });

  app.get(`${V3}/rooms/:roomId/members`, (c) => {
    const session = authenticate(core, c);
    const roomId = c.req.param("roomId");
    const wanted = c.req.query("membership");
    const unwanted = c.req.query("not_membership");
    const members = core.events
      .stateBetween(roomId, 0, readableStatePos(core, roomId, session.userId))
      .filter((event) => event.type === "m.room.member")
      .filter(({ content }) => wanted === undefined || content["membership"] === wanted)
      .filter(({ content }) => unwanted === undefined || content["membership"] !== unwanted);
    return c.json({ chunk: members.map((event) => clientEvent(core, event, session)) });
  });

  app.get(`${V3}/rooms/:roomId/joined_members`, (c) => {
    const { userId } = authenticate(core, c);
    const roomId = c.req.param("roomId");
    readableStatePos(core, roomId, userId);
    const joined = core.members.users(roomId, "join").map((member) => {
      const content = core.events.state(roomId, "m.room.member", member)?.content ?? {};
      return [member, { display_name: content["displayname"], avatar_url: content["avatar_url"] }] as const;
    });
    return c.json({ joined: Object.fromEntries(joined) });
  });
}

async function putState(core: Core, c: Ctx): Promise<Response> {
  const session = authenticate(core, c);
  core.sendLimit.take(session.userId);
  const content = readJson(c, jsonObject);
  return c.json(sendOrSchedule(core, c, { ...statePath(c), content, sender: session.userId }));
}

function getState(core: Core, c: Ctx): Response {
  const session = authenticate(core, c);
  const { roomId, type, stateKey } = statePath(c);
  const event = core.events.stateAt(roomId, type, stateKey, readableStatePos(core, roomId, session.userId));
  if (!event) throw notFound("No such state");
  return c.json(c.req.query("format") === "event" ? clientEvent(core, event, session) : event.content);
}

function statePath(c: Ctx): { roomId: string; type: string; stateKey: string } {
  const { roomId = "", type = "", stateKey = "" } = c.req.param() as Partial<Record<string, string>>;
  return { roomId, type, stateKey };
}

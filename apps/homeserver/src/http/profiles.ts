import * as z from "zod";

import type { Core } from "../Core.ts";
import { invalidParam, notFound } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { profileFields, propagateProfile } from "../rooms/membership.ts";
import { ownUser, readJson, V3, type App } from "./context.ts";

const MAX_NAME_BYTES = 256;
const MAX_URL_BYTES = 1_000;

/** Profiles. @see Client-Server API, "Profiles" */
export function mountProfiles(app: App, core: Core): void {
  app.get(`${V3}/profile/:userId`, (c) => c.json(profileOf(core, c.req.param("userId"))));

  for (const field of ["displayname", "avatar_url"] as const) {
    app.get(`${V3}/profile/:userId/${field}`, (c) => {
      const value = profileOf(core, c.req.param("userId"))[field];
      return c.json(value === undefined ? {} : { [field]: value });
    });

    app.put(`${V3}/profile/:userId/${field}`, async (c) => {
      const userId = ownUser(core, c, c.req.param("userId"));
      core.sendLimit.take(userId);
      const body = readJson(c, z.looseObject({ [field]: z.string().nullish() }));
      const value = body[field];
      const maxBytes = field === "displayname" ? MAX_NAME_BYTES : MAX_URL_BYTES;
      if (typeof value === "string" && Buffer.byteLength(value) > maxBytes)
        throw invalidParam(`${field} has at most ${maxBytes} bytes`);
      core.db.write(() => {
        core.accounts.setProfile(userId, field, typeof value === "string" && value !== "" ? value : undefined);
        propagateProfile(core, userId);
      });
      return c.json({});
    });
  }
}

function profileOf(core: Core, userId: string): JsonObject {
  const account = core.accounts.find(userId);
  if (!account || account.isDeactivated) throw notFound("Unknown user");
  return profileFields(core, userId);
}

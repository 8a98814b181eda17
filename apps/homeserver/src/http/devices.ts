import * as z from "zod";

import type { Core } from "../Core.ts";
import { notFound } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { hashPassword } from "../password.ts";
import { removeAccount } from "../removeAccount.ts";
import { closeSession } from "../sessions.ts";
import type { Device } from "../store/AccountStore.ts";
import { authSchema, proveIdentity } from "../uia.ts";
import { authenticate, readJson, V3, type App } from "./context.ts";

const MAX_DEVICES = 1_000;

const nameSchema = z.looseObject({ display_name: z.string().max(255).optional() });
const authOnlySchema = z.looseObject({ auth: authSchema });
const deleteSchema = authOnlySchema.extend({ devices: z.array(z.string()).max(MAX_DEVICES) });
const passwordSchema = authOnlySchema.extend({
  new_password: z.string().min(1).max(512),
  logout_devices: z.boolean().default(true),
});

/** Devices, and what needs the password again. @see Client-Server API, "Device Management", "Account management" */
export function mountDevices(app: App, core: Core): void {
  app.get(`${V3}/devices`, (c) => {
    const { userId } = authenticate(core, c);
    return c.json({ devices: core.accounts.devices(userId).map(describe) });
  });

  app.get(`${V3}/devices/:deviceId`, (c) => {
    const { userId } = authenticate(core, c);
    const device = core.accounts.device({ userId, deviceId: c.req.param("deviceId") });
    if (!device) throw notFound("Unknown device");
    return c.json(describe(device));
  });

  app.put(`${V3}/devices/:deviceId`, async (c) => {
    const { userId } = authenticate(core, c);
    const device = { userId, deviceId: c.req.param("deviceId") };
    const { display_name: name } = readJson(c, nameSchema);
    if (!core.accounts.device(device)) throw notFound("Unknown device");
    if (name !== undefined) core.accounts.renameDevice(device, name);
    return c.json({});
  });

  app.delete(`${V3}/devices/:deviceId`, async (c) => {
    const { userId } = authenticate(core, c);
    const { auth } = readJson(c, authOnlySchema);
    await proveIdentity(core, userId, auth);
    closeSession(core, { userId, deviceId: c.req.param("deviceId") });
    return c.json({});
  });

  app.post(`${V3}/delete_devices`, async (c) => {
    const { userId } = authenticate(core, c);
    const { auth, devices } = readJson(c, deleteSchema);
    await proveIdentity(core, userId, auth);
    core.db.write(() => {
      for (const deviceId of devices) closeSession(core, { userId, deviceId });
    });
    return c.json({});
  });

  app.post(`${V3}/account/password`, async (c) => {
    const session = authenticate(core, c);
    const body = readJson(c, passwordSchema);
    await proveIdentity(core, session.userId, body.auth);
    const password = await hashPassword(body.new_password, core.random);
    core.db.write(() => {
      core.accounts.setPassword(session.userId, password);
      for (const { deviceId } of core.accounts.devices(session.userId)) {
        if (body.logout_devices && deviceId !== session.deviceId) closeSession(core, { ...session, deviceId });
      }
    });
    return c.json({});
  });

  app.post(`${V3}/account/deactivate`, async (c) => {
    const { userId } = authenticate(core, c);
    const { auth } = readJson(c, authOnlySchema);
    await proveIdentity(core, userId, auth);
    removeAccount(core, userId);
    return c.json({ id_server_unbind_result: "success" });
  });
}

function describe(device: Device): JsonObject {
  return {
    device_id: device.deviceId,
    display_name: device.displayName,
    last_seen_ts: device.lastSeenAtMs,
    last_seen_ip: device.lastSeenIp,
  };
}

import type { Core } from "../Core.ts";
import { ROOM_VERSIONS } from "../rooms/createRoom.ts";
import { authenticate, CLIENT, V3, type App } from "./context.ts";

const VERSIONS = Array.from({ length: 15 }, (_, index) => `v1.${index + 1}`);

const UNSTABLE_FEATURES = {
  "org.matrix.msc4140": true,
  "org.matrix.msc4354": true,
  "org.matrix.msc4143": true,
  "org.matrix.msc4222": true,
  "org.matrix.msc3266": true,
  "org.matrix.simplified_msc3575": true,
};

/** What the server can do, where it is, and which transports calls use. */
export function mountVersions(app: App, core: Core): void {
  const { publicUrl, livekitServiceUrls, limits } = core.config;
  const transports = livekitServiceUrls.map((serviceUrl) => ({ type: "livekit", livekit_service_url: serviceUrl }));

  app.get(`${CLIENT}/versions`, (c) => c.json({ versions: VERSIONS, unstable_features: UNSTABLE_FEATURES }));

  app.get("/.well-known/matrix/client", (c) =>
    c.json({ "m.homeserver": { base_url: publicUrl }, "org.matrix.msc4143.rtc_foci": transports }),
  );

  app.get("/.well-known/matrix/server", (c) => c.json({ "m.server": federationAddress(publicUrl) }));

  app.get(`${V3}/capabilities`, (c) => {
    authenticate(core, c);
    return c.json({
      capabilities: {
        "m.change_password": { enabled: true },
        "m.room_versions": {
          default: ROOM_VERSIONS[0],
          available: Object.fromEntries(ROOM_VERSIONS.map((version) => [version, "stable"])),
        },
        "m.set_displayname": { enabled: true },
        "m.set_avatar_url": { enabled: true },
        "m.3pid_changes": { enabled: false },
        "m.get_login_token": { enabled: true },
        "org.matrix.msc4140.delayed_events": {
          max_delay_ms: limits.maxDelayMs,
          max_scheduled: limits.maxDelayedPerUser,
        },
      },
    });
  });

  // MSC4143, the deployed spelling and the draft's: both keys, as clients read one or the other.
  for (const path of [`${CLIENT}/unstable/org.matrix.msc4143/rtc/transports`, `${CLIENT}/v1/rtc/transports`]) {
    app.get(path, (c) => {
      authenticate(core, c);
      return c.json({ rtc_transports: transports, transports });
    });
  }
}

function federationAddress(publicUrl: string): string {
  const { hostname, port, protocol } = new URL(publicUrl);
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}

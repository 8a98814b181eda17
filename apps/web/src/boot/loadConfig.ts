import { CallError } from "@conclave/call";

import { parseAppConfig, type AppConfig } from "./appConfig.ts";

/** Reads the settings of the site. @throws {CallError} `config_invalid`, `homeserver_unreachable` */
export async function loadConfig(window: Window & typeof globalThis): Promise<AppConfig> {
  const { origin } = window.location;
  const response = await window.fetch("/config.json", { cache: "no-cache" }).catch((cause: unknown) => {
    throw new CallError("homeserver_unreachable", "config.json did not come", { cause, retryable: true });
  });
  // A site without settings talks to its own origin.
  if (response.status === 404) return parseAppConfig({}, origin);
  if (!response.ok) throw new CallError("config_invalid", `config.json: HTTP ${response.status}`, { retryable: true });
  const content: unknown = await response.json().catch((cause: unknown) => {
    throw new CallError("config_invalid", "config.json is not JSON", { cause });
  });
  return parseAppConfig(content, origin);
}

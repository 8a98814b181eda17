import type { SoundProcessing } from "../media/devicePort.ts";

/** What the address asks for. The names are those of Element Call, so that links for it work here. */
export interface PageParameters {
  readonly displayName: string | undefined;
  readonly skipLobby: boolean;
  readonly debug: boolean;
  readonly homeserver: string | undefined;
  readonly processing: SoundProcessing;
}

const MAX_NAME_LENGTH = 80;

/** Reads the parameters of a page; unknown ones and nonsense count as absent. */
export function readPageParameters(url: URL): PageParameters {
  const parameters = url.searchParams;
  return {
    displayName: parameters.get("displayName")?.trim().slice(0, MAX_NAME_LENGTH) || undefined,
    skipLobby: parameters.get("skipLobby") === "true",
    debug: ["1", "true"].includes(parameters.get("debug") ?? ""),
    homeserver: parameters.get("homeserver") ?? undefined,
    processing: {
      noiseSuppression: parameters.get("noiseSuppression") !== "false",
      echoCancellation: parameters.get("echoCancellation") !== "false",
      autoGainControl: parameters.get("autoGainControl") !== "false",
    },
  };
}

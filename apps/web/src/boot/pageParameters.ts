import { Secret } from "@conclave/kit";

import type { SoundProcessing } from "../media/devicePort.ts";
import { linkPassword } from "../router/linkPassword.ts";
import { type LookDefaults, type LookParameters, readLook } from "./lookParameters.ts";
import { readRinging, type RingingDefaults, type RingingParameters } from "./ringingParameters.ts";

/** What the address asks for. The names are those of Element Call, so that links for it work here. */
export interface PageParameters {
  readonly displayName: string | undefined;
  /** All who have the link encrypt with the key that is made from it. */
  readonly password: Secret<string> | undefined;
  readonly skipLobby: boolean;
  readonly debug: boolean;
  readonly homeserver: string | undefined;
  readonly processing: SoundProcessing;
  readonly look: LookParameters;
  readonly ringing: RingingParameters;
}

/** What holds where the address does not say. */
export interface PageDefaults {
  readonly look?: LookDefaults;
  readonly ringing?: RingingDefaults;
}

const MAX_NAME_LENGTH = 80;

/** Reads the parameters of a page; unknown ones and nonsense count as absent. */
export function readPageParameters(url: URL, defaults: PageDefaults = {}): PageParameters {
  const parameters = url.searchParams;
  const password = linkPassword(url);
  return {
    displayName: parameters.get("displayName")?.trim().slice(0, MAX_NAME_LENGTH) || undefined,
    password: password === undefined ? undefined : new Secret(password),
    skipLobby: parameters.get("skipLobby") === "true",
    debug: ["1", "true"].includes(parameters.get("debug") ?? ""),
    homeserver: parameters.get("homeserver") ?? undefined,
    processing: {
      noiseSuppression: parameters.get("noiseSuppression") !== "false",
      echoCancellation: parameters.get("echoCancellation") !== "false",
      autoGainControl: parameters.get("autoGainControl") !== "false",
    },
    look: readLook(parameters, defaults.look),
    ringing: readRinging(parameters, defaults.ringing),
  };
}

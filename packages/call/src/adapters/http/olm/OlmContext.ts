import type { Clock, Logger, Scope } from "@conclave/kit";
import type { MatrixSelf } from "@conclave/matrix-rtc";
import type { OlmMachine, UserId as OlmUserId } from "@matrix-org/matrix-sdk-crypto-wasm";

import type { HomeserverClient } from "../HomeserverClient.ts";
import { deleteCryptoStore } from "./cryptoStore.ts";
import type { Olm } from "./loadOlm.ts";

export interface OlmDeps {
  /** The bindings, on their way. */
  readonly olm: Promise<Olm>;
  readonly client: HomeserverClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly scope: Scope;
  readonly self: MatrixSelf;
  /** `undefined`: keys live in memory. */
  readonly storeName: string | undefined;
  /** A device that nobody knows yet may have its keys in memory if the store fails. */
  readonly isNewDevice: boolean;
  readonly nextTransactionId: () => string;
}

/** An open OlmMachine and what its users need beside it. */
export interface OlmContext extends Omit<OlmDeps, "olm"> {
  readonly olm: Olm;
  readonly machine: OlmMachine;
}

/**
 * Opens the device's keys, new ones if the store is empty.
 *
 * @throws the store cannot be read and others know the device's keys: it is deleted, so that the next session makes a
 * new device
 */
export async function openOlmContext(deps: OlmDeps): Promise<OlmContext> {
  const olm = await deps.olm;
  const machine = await openMachine(olm, deps);
  machine.roomKeyRequestsEnabled = false;
  return { ...deps, olm, machine };
}

async function openMachine(olm: Olm, deps: OlmDeps): Promise<OlmMachine> {
  const open = (storeName: string | undefined): Promise<OlmMachine> =>
    olm.OlmMachine.initialize(
      new olm.UserId(deps.self.userId),
      new olm.DeviceId(deps.self.deviceId),
      storeName,
      undefined,
      quietLogger(deps.logger),
    );
  try {
    return await open(deps.storeName);
  } catch (error) {
    if (deps.storeName === undefined) throw error;
    deps.logger.warn("the crypto store cannot be opened", { error: String(error) });
    deleteCryptoStore(deps.storeName);
    if (!deps.isNewDevice) throw error;
    return open(undefined);
  }
}

/** User ids as the bindings want them. They consume what they are given, so make them anew for each call. */
export function olmUserIds(olm: Olm, userIds: Iterable<string>): OlmUserId[] {
  const parsed: OlmUserId[] = [];
  for (const userId of new Set(userIds)) {
    try {
      parsed.push(new olm.UserId(userId));
    } catch {
      // Not a user id: nobody can have keys under it.
      continue;
    }
  }
  return parsed;
}

function quietLogger(logger: Logger): {
  debug(): void;
  info(): void;
  warn(text: unknown): void;
  error(text: unknown): void;
} {
  return {
    debug() {},
    info() {},
    warn: (text) => logger.debug("olm warns", { text }),
    error: (text) => logger.debug("olm reports a fault", { text }),
  };
}

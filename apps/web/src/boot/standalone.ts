import type { MatrixSession } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { steadyClock, systemClock, type Scope } from "@conclave/kit";

import type { Environment } from "../environment.ts";
import { browserDevices } from "../media/browserDevices.ts";
import { playRingTone } from "../media/ringTone.ts";
import { Preferences } from "../preferences/Preferences.ts";
import { PageError } from "../problems/Problem.ts";
import { Router } from "../router/Router.ts";
import { strings } from "../strings/strings.ts";
import { isServerUrl, toBaseUrl, type AppConfig } from "./appConfig.ts";
import { applyLook } from "./applyLook.ts";
import { createCallDeps, strongRandomBytes } from "./callDeps.ts";
import { consoleLogger } from "./consoleLogger.ts";
import { exposeDebugHandle } from "./debugHandle.ts";
import { joinWishes } from "./joinWishes.ts";
import { loadConfig } from "./loadConfig.ts";
import { localStorageAccount } from "./localStorageAccount.ts";
import { MatrixCallService } from "./MatrixCallService.ts";
import { openStorage } from "./openStorage.ts";
import { readPageParameters, type PageParameters } from "./pageParameters.ts";

const CRYPTO_STORE_NAME = "conclave";

/**
 * The app on its own site: account and rooms on a homeserver over HTTP, media over LiveKit's protocol. The only place
 * that chooses adapters.
 *
 * @throws {CallError} `config_invalid`; {PageError} `homeserver_not_allowed`
 */
export async function bootStandalone(window: Window & typeof globalThis, scope: Scope): Promise<Environment> {
  const router = new Router(window, scope);
  const parameters = readPageParameters(router.here);
  const logger = consoleLogger(parameters.debug);
  const [config] = await Promise.all([loadConfig(window), applyLook(window.document, parameters.look)]);
  const homeserverUrl = chooseHomeserver(config, parameters);
  const store = openStorage(window);

  const openSession = (): Promise<MatrixSession> =>
    openMatrixHttp(
      {
        homeserverUrl,
        account: localStorageAccount(store, homeserverUrl),
        cryptoStoreName: CRYPTO_STORE_NAME,
        fetch: window.fetch.bind(window),
        logger,
      },
      scope,
    );
  return {
    service: new MatrixCallService({
      openSession,
      createDeps: (matrix, visit) => createCallDeps({ window, matrix, logger }, visit),
      loadJoinCall: async () => (await import("@conclave/call")).joinCall,
      fallbackServiceUrl: config.livekitServiceUrl,
      wishes: joinWishes(parameters),
      logger,
    }),
    devices: browserDevices(window.navigator.mediaDevices),
    preferences: new Preferences(store),
    parameters,
    router,
    clock: steadyClock(systemClock),
    logger,
    randomBytes: strongRandomBytes,
    brand: config.brand ?? strings.brand,
    playRing: playRingTone,
    exposeCall: parameters.debug ? exposeDebugHandle(window) : undefined,
  };
}

function chooseHomeserver(config: AppConfig, { homeserver }: PageParameters): string {
  if (homeserver === undefined || toBaseUrl(homeserver) === config.homeserverUrl) return config.homeserverUrl;
  if (!config.allowHomeserverParameter || !isServerUrl(homeserver))
    throw new PageError("homeserver_not_allowed", "?homeserver= is not allowed or not a URL");
  return toBaseUrl(homeserver);
}

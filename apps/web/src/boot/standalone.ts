import { CallError, type CallDeps, type MatrixSession, type SfuClient } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { createFrameCryptoHost } from "@conclave/frame-crypto/page";
import { systemClock, type Logger, type Scope } from "@conclave/kit";

import type { Environment } from "../environment.ts";
import { browserDevices } from "../media/browserDevices.ts";
import { Preferences, type KeyValueStore } from "../preferences/Preferences.ts";
import { PageError } from "../problems/Problem.ts";
import { Router } from "../router/Router.ts";
import { strings } from "../strings/strings.ts";
import { isServerUrl, parseAppConfig, toBaseUrl, type AppConfig } from "./appConfig.ts";
import { consoleLogger } from "./consoleLogger.ts";
import { exposeDebugHandle } from "./debugHandle.ts";
import { localStorageAccount } from "./localStorageAccount.ts";
import { MatrixCallService } from "./MatrixCallService.ts";
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
  const config = await loadConfig(window);
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
      logger,
    }),
    devices: browserDevices(window.navigator.mediaDevices),
    preferences: new Preferences(store),
    parameters,
    router,
    clock: systemClock,
    logger,
    randomBytes: strongRandomBytes,
    brand: config.brand ?? strings.brand,
    exposeCall: parameters.debug ? exposeDebugHandle(window) : undefined,
  };
}

interface CallEnvironment {
  readonly window: Window & typeof globalThis;
  readonly matrix: MatrixSession;
  readonly logger: Logger;
}

function createCallDeps({ window, matrix, logger }: CallEnvironment, visit: Scope): CallDeps {
  const createWorker = warmCryptoWorkers(visit);
  return {
    matrix,
    sfu: lazySfu(logger),
    createFrameCrypto: (policy) => createFrameCryptoHost({ createWorker, policy, logger }),
    clock: systemClock,
    randomBytes: strongRandomBytes,
    fetch: window.fetch.bind(window),
    logger,
  };
}

function createCryptoWorker(): Worker {
  return new Worker(new URL("@conclave/frame-crypto/worker", import.meta.url), {
    type: "module",
    name: "frame-crypto",
  });
}

/** The first worker is started in the lobby, so that a join waits neither for its script nor for its thread. */
function warmCryptoWorkers(visit: Scope): () => Worker {
  let spare: Worker | undefined = createCryptoWorker();
  visit.onEnd(() => spare?.terminate());
  return () => {
    const worker = spare ?? createCryptoWorker();
    spare = undefined;
    return worker;
  };
}

/** livekit-client is the largest part of the app and is not needed before the click on Join: it comes meanwhile. */
function lazySfu(logger: Logger): SfuClient {
  const loading = import("@conclave/call/livekitClientSfu");
  // Whoever connects sees the failure.
  loading.catch(() => {});
  return {
    async connect(grant, options, scope) {
      const { createLivekitClientSfu } = await loading;
      return createLivekitClientSfu({ clock: systemClock, logger }).connect(grant, options, scope);
    },
  };
}

async function loadConfig(window: Window & typeof globalThis): Promise<AppConfig> {
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

function chooseHomeserver(config: AppConfig, { homeserver }: PageParameters): string {
  if (homeserver === undefined || toBaseUrl(homeserver) === config.homeserverUrl) return config.homeserverUrl;
  if (!config.allowHomeserverParameter || !isServerUrl(homeserver))
    throw new PageError("homeserver_not_allowed", "?homeserver= is not allowed or not a URL");
  return toBaseUrl(homeserver);
}

function openStorage(window: Window): KeyValueStore | undefined {
  try {
    return window.localStorage;
  } catch {
    // Forbidden by the browser's settings.
    return undefined;
  }
}

function strongRandomBytes(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}

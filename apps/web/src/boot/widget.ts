import { openMatrixWidget, parentOrigin, WidgetHost } from "@conclave/call/matrixWidget";
import { signal, steadyClock, systemClock, type Logger, type Scope } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";

import { applyTheme } from "../elements/conclave-app/conclave-app.ts";
import type { Environment } from "../environment.ts";
import { browserDevices } from "../media/browserDevices.ts";
import { playRingTone } from "../media/ringTone.ts";
import { Preferences } from "../preferences/Preferences.ts";
import { PageError } from "../problems/Problem.ts";
import type { Route } from "../router/route.ts";
import { strings } from "../strings/strings.ts";
import { applyLook } from "./applyLook.ts";
import { createCallDeps, strongRandomBytes } from "./callDeps.ts";
import { consoleLogger } from "./consoleLogger.ts";
import { exposeDebugHandle } from "./debugHandle.ts";
import { joinWishes } from "./joinWishes.ts";
import { loadConfig } from "./loadConfig.ts";
import { openStorage } from "./openStorage.ts";
import { HostEmbedding } from "./widget/HostEmbedding.ts";
import { nativeBack } from "./widget/nativeBack.ts";
import { WidgetCallService } from "./widget/WidgetCallService.ts";
import { readWidgetParameters, type WidgetParameters } from "./widget/widgetParameters.ts";
import { widgetStore } from "./widget/widgetStore.ts";

/**
 * The app in a frame of another client, whose account and encryption it uses: no account, no keys of a device, and no
 * homeserver of its own. Listens to the host before it returns for the first time, so that nothing of it is missed.
 *
 * @throws {PageError} `link_invalid`; {CallError} `config_invalid`
 */
export async function bootWidget(window: Window & typeof globalThis, scope: Scope): Promise<Environment> {
  const here = new URL(window.location.href);
  const parameters = readWidgetParameters(here);
  const logger = consoleLogger(parameters.page.debug);
  for (const name of parameters.ignored) logger.warn("a parameter of the address was not understood", { name });
  const host = openHost(window, { parameters, logger }, scope);
  const fetch = window.fetch.bind(window);
  const { baseUrl, ...names } = parameters;
  const matrix = openMatrixWidget({ host, ...names, ...(baseUrl && { baseUrl }), fetch, logger }, scope);
  const embedding = new HostEmbedding(
    { host, parameters, applyTheme, nativeBack: () => nativeBack(window), clock: steadyClock(systemClock), logger },
    scope,
  );
  const preferences = new Preferences(widgetStore(openStorage(window)));
  preferences.theme = parameters.theme;
  applyTheme(parameters.theme);
  window.document.documentElement.style.fontSize = `${parameters.fontScale * 100}%`;
  // Some hosts wait for it, some take it for a mistake.
  host.request("content_loaded").catch(() => {});

  const [config] = await Promise.all([loadConfig(window), applyLook(window.document, parameters.page.look)]);
  return {
    service: new WidgetCallService({
      roomId: parameters.roomId as RoomId,
      wishes: joinWishes(parameters.page, parameters.callIntent),
      createDeps: (visit) => createCallDeps({ window, matrix, logger }, visit),
      loadJoinCall: async () => (await import("@conclave/call")).joinCall,
      fallbackServiceUrl: config.livekitServiceUrl,
    }),
    devices: browserDevices(window.navigator.mediaDevices),
    preferences,
    parameters: parameters.page,
    router: onlyRoom(parameters.roomId, here, () => void host.request("io.element.close").catch(() => {})),
    clock: steadyClock(systemClock),
    logger,
    randomBytes: strongRandomBytes,
    brand: config.brand ?? strings.brand,
    playRing: playRingTone,
    exposeCall: parameters.page.debug ? exposeDebugHandle(window) : undefined,
    embedding,
  };
}

function openHost(
  window: Window & typeof globalThis,
  { parameters, logger }: { readonly parameters: WidgetParameters; readonly logger: Logger },
  scope: Scope,
): WidgetHost {
  const { parentUrl, widgetId } = parameters;
  try {
    parentOrigin(parentUrl);
  } catch (cause) {
    throw new PageError("link_invalid", "parentUrl is no web address", { cause });
  }
  return new WidgetHost({ window, widgetId, parentUrl, clock: systemClock, logger }, scope);
}

/** A widget has one page, and no way home but to be closed. */
function onlyRoom(roomId: string, here: URL, close: () => void): Environment["router"] {
  const route = signal<Route>({ page: "room", linkId: roomId });
  return { route, here, goToRoom() {}, openWithPassword() {}, goHome: close };
}

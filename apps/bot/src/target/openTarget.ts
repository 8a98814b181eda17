import { toHex } from "@conclave/kit";

import { AccountBook } from "./accounts/AccountBook.ts";
import { chooseSource } from "./accounts/chooseSource.ts";
import { checkHomeserver } from "./checkHomeserver.ts";
import { checkSfu } from "./checkSfu.ts";
import { EmbeddedStack } from "./EmbeddedStack.ts";
import { guardHost } from "./guardHost.ts";
import { MatrixApi } from "./MatrixApi.ts";
import type { Leftover, Target, TargetDeps, TargetOptions } from "./model.ts";
import { OpenedTarget, type TargetPlace } from "./OpenedTarget.ts";
import { parseTargetUrl } from "./parseTargetUrl.ts";
import { readSite } from "./readSite.ts";
import { createClockRoom, resolveLink } from "./rooms.ts";

const NAME_BYTES = 4;

/**
 * Opens what a swarm is let loose on, and goes the whole way to the SFU once before any bot does: host, homeserver,
 * account, transport, grant. Without a URL a stack is started.
 *
 * @throws {TargetError} with one sentence for the person who started the swarm; nothing is left behind then
 */
export async function openTarget(deps: TargetDeps, options: TargetOptions): Promise<Target> {
  if (options.url !== undefined) return open(deps, options, await locate(deps, options, options.url));
  const stack = await EmbeddedStack.start(deps.clock, options.pin === undefined ? {} : { pin: options.pin });
  try {
    const place = { kind: "embedded", homeserverUrl: stack.url, webAppUrl: stack.url, stack } as const;
    return await open(deps, options, place);
  } catch (fault) {
    await stack.close({ keep: false });
    throw fault;
  }
}

/** Finds the servers behind a URL and refuses those that are not to be loaded. */
async function locate(deps: TargetDeps, options: TargetOptions, text: string): Promise<TargetPlace> {
  const guard = { ownsServer: options.ownsServer ?? false, resolve: deps.resolve };
  const url = parseTargetUrl(text);
  await guardHost(text, guard);
  const fallback = options.fallbackServiceUrl;
  if (url.kind === "homeserver") {
    return {
      kind: "homeserver",
      homeserverUrl: url.baseUrl,
      ...(options.webAppUrl === undefined ? {} : { webAppUrl: options.webAppUrl }),
      ...(fallback === undefined ? {} : { fallbackServiceUrl: fallback }),
    };
  }
  const site = await readSite(new MatrixApi(deps, url.origin));
  const homeserverUrl = url.homeserverUrl ?? site.homeserverUrl;
  await guardHost(homeserverUrl, guard);
  const serviceUrl = fallback ?? (url.homeserverUrl === undefined ? site.serviceUrl : undefined);
  return {
    kind: "link",
    homeserverUrl: homeserverUrl.replace(/\/+$/, ""),
    webAppUrl: options.webAppUrl ?? url.origin,
    linkId: url.linkId,
    ...(serviceUrl === undefined ? {} : { fallbackServiceUrl: serviceUrl }),
  };
}

async function open(deps: TargetDeps, options: TargetOptions, place: TargetPlace): Promise<Target> {
  const api = new MatrixApi(deps, place.homeserverUrl);
  await checkHomeserver(api);
  const source = chooseSource({ api, randomBytes: deps.randomBytes }, place.kind === "embedded" ? {} : options);
  const keeper = await source.openKeeper();
  const target = new OpenedTarget({
    ...deps,
    api,
    place,
    source,
    keeper,
    book: new AccountBook(),
    processes: options.processes ?? [],
    runName: toHex(deps.randomBytes(NAME_BYTES)),
  });
  try {
    await prepare(deps, options, target);
    return target;
  } catch (fault) {
    noteLeftovers(deps, await target.close({ keep: false }));
    throw fault;
  }
}

async function prepare(deps: TargetDeps, options: TargetOptions, target: OpenedTarget): Promise<void> {
  const { api, keeper, place } = target.parts;
  const maker = { api, token: keeper.account.accessToken, randomBytes: deps.randomBytes };
  // Of its own in each run: services may grant only those who are in a room, and the link's room is for bots alone.
  const roomId = await createClockRoom(maker);
  target.useClockRoom(roomId);
  if (place.linkId !== undefined) {
    const serverName = keeper.account.userId.slice(keeper.account.userId.indexOf(":") + 1);
    target.useLinkRoom({
      roomId: await resolveLink(maker, `#${place.linkId}:${serverName}`),
      linkId: place.linkId,
    });
  }
  await checkSfu({
    api,
    account: keeper.account,
    roomId,
    fallbackServiceUrl: place.fallbackServiceUrl,
    guard: { ownsServer: options.ownsServer ?? false, resolve: deps.resolve },
    logger: deps.logger,
  });
}

function noteLeftovers({ logger }: TargetDeps, left: readonly Leftover[]): void {
  for (const { kind, id, reason } of left) logger.warn("not removed", { kind, id, reason });
}

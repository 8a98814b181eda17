import type { AccountStore, StoredAccount } from "@conclave/call";

import type { AccountBook } from "./accounts/AccountBook.ts";
import type { AccountSource, Keeper } from "./accounts/AccountSource.ts";
import { botFetch } from "./botFetch.ts";
import { cleanUp, type CleanUpContext, listKept } from "./cleanUp.ts";
import type { EmbeddedStack } from "./EmbeddedStack.ts";
import { TargetError } from "./errors.ts";
import { describe, type MatrixApi, pathOf } from "./MatrixApi.ts";
import { offsetByEvents } from "./measureOffset.ts";
import type { Leftover, RoomWish, Target, TargetDeps, TargetProcess, TargetRoom } from "./model.ts";
import { createRoom } from "./rooms.ts";
import { WorkQueue } from "./WorkQueue.ts";

/** Servers check passwords slowly on purpose: more at once would only run into time limits. */
const PARALLEL_ACCOUNTS = 4;

/** Which servers a target consists of. */
export interface TargetPlace {
  readonly kind: Target["kind"];
  readonly homeserverUrl: string;
  readonly webAppUrl?: string;
  readonly fallbackServiceUrl?: string;
  /** Of a link. */
  readonly linkId?: string;
  /** Of an embedded target. */
  readonly stack?: EmbeddedStack;
}

export interface TargetParts extends TargetDeps {
  readonly api: MatrixApi;
  readonly place: TargetPlace;
  readonly source: AccountSource;
  readonly keeper: Keeper;
  readonly book: AccountBook;
  /** Those of a stack that is not ours. */
  readonly processes: readonly TargetProcess[];
  /** Part of transaction ids: two runs with one lent account must not share any. */
  readonly runName: string;
}

/** A target whose servers were found to work. */
export class OpenedTarget implements Target {
  readonly kind: Target["kind"];
  readonly homeserverUrl: string;
  readonly webAppUrl?: string;
  readonly fallbackServiceUrl?: string;
  readonly restart?: () => Promise<void>;
  readonly parts: TargetParts;
  readonly #rooms: TargetRoom[] = [];
  readonly #queue = new WorkQueue(PARALLEL_ACCOUNTS);
  #clockRoomId: string | undefined;
  #linkRoom: TargetRoom | undefined;
  #measurements = 0;
  #closing: Promise<readonly Leftover[]> | undefined;

  constructor(parts: TargetParts) {
    const { place } = parts;
    this.parts = parts;
    this.kind = place.kind;
    this.homeserverUrl = place.homeserverUrl;
    if (place.webAppUrl !== undefined) this.webAppUrl = place.webAppUrl;
    if (place.fallbackServiceUrl !== undefined) this.fallbackServiceUrl = place.fallbackServiceUrl;
    const { stack } = place;
    if (stack) this.restart = () => stack.restart();
  }

  useClockRoom(roomId: string): void {
    this.#clockRoomId = roomId;
    this.#rooms.push({ roomId });
  }

  useLinkRoom(room: TargetRoom): void {
    this.#linkRoom = room;
  }

  fetchFor(botNumber: number): typeof globalThis.fetch {
    return botFetch(this.parts.fetch, this.kind === "embedded" ? botNumber : undefined);
  }

  async createRoom(wish: RoomWish): Promise<TargetRoom> {
    if (this.#linkRoom) return this.#linkRoom;
    const { api, keeper, randomBytes } = this.parts;
    const room = await createRoom({ api, token: keeper.account.accessToken, randomBytes }, wish);
    this.#rooms.push(room);
    return room;
  }

  async accountFor(botNumber: number): Promise<AccountStore> {
    const { book, source } = this.parts;
    const account = await this.#queue.run(() => source.accountOf(botNumber));
    return book.storeFor(botNumber, source.origin, account);
  }

  noteAccount(botNumber: number, account: StoredAccount): void {
    this.parts.book.note("made", account, botNumber);
  }

  async kick(botNumber: number, roomId: string): Promise<void> {
    const { api, book, keeper } = this.parts;
    const userId = book.userOf(botNumber);
    if (userId === undefined) throw new TargetError("no_account", `Bot ${botNumber} has no account yet.`);
    const answer = await api.sendPatiently({
      method: "POST",
      path: `${pathOf("/_matrix/client/v3/rooms", roomId)}/kick`,
      token: keeper.account.accessToken,
      body: { user_id: userId },
    });
    if (answer.isOk) return;
    throw new TargetError("not_allowed", `Bot ${botNumber} cannot be kicked (${describe(answer)}).`);
  }

  processes(): readonly TargetProcess[] {
    return this.parts.place.stack?.processes() ?? this.parts.processes;
  }

  serverTimeOffsetMs(): Promise<number> {
    const { api, keeper, runName } = this.parts;
    if (this.#clockRoomId === undefined) throw new Error("There is no clock room yet: the target is not open.");
    const name = `${runName}.${this.#measurements++}`;
    return offsetByEvents(api, keeper.account.accessToken, this.#clockRoomId, name);
  }

  close(options: { readonly keep: boolean }): Promise<readonly Leftover[]> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  #close({ keep }: { readonly keep: boolean }): Promise<readonly Leftover[]> {
    const { book, keeper, place } = this.parts;
    // With the data of a stack of ours everything in it is gone.
    if (place.stack) return place.stack.close({ keep });
    const accounts = book.all().filter(({ account }) => account.userId !== keeper.account.userId || isLent(keeper));
    const context: CleanUpContext = { ...this.parts, accounts, rooms: this.#rooms };
    return keep ? Promise.resolve(listKept(context)) : cleanUp(context);
  }
}

/** The first lent account is a bot's as well, on another device. */
function isLent({ origin }: Keeper): boolean {
  return origin === "given";
}

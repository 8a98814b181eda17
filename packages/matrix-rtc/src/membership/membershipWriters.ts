import { untracked, type ReadonlySignal } from "@conclave/kit";

import type { DelayId, EventId, RoomId } from "../ids.ts";
import type { CallIntent, MembershipLayer, RtcTransport, SlotDescription } from "../model.ts";
import type { MatrixPort, RoomView } from "../ports.ts";
import type { RtcSelf } from "../sessionModel.ts";
import {
  LEGACY_MEMBER_TYPE,
  legacyMembershipContent,
  legacyStateKey,
  MEMBERSHIP_EXPIRY_MS,
} from "./legacyMembership.ts";
import {
  draftMembershipContent,
  leftDraftContent,
  leftStickyContent,
  STICKY_DURATION_MS,
  STICKY_MEMBER_TYPE,
  stickyMembershipContent,
} from "./stickyContent.ts";

/** What changes from one event of a membership to the next. */
export interface MembershipVersion {
  /** What the homeserver said about the first event of this membership. */
  readonly createdAtMs: number | undefined;
  readonly expiresMs: number;
  /** The event that this one renews. */
  readonly previous: EventId | undefined;
}

/** How the membership is written. The machine that decides when does not know. */
export interface MembershipWriter {
  /** How long an event of the membership counts. */
  readonly lifeMs: number;
  scheduleLeave(delayMs: number): Promise<DelayId>;
  sendMembership(version: MembershipVersion): Promise<EventId>;
  clear(): Promise<void>;
}

/** What a membership says, as opposed to when. */
export interface MembershipContent {
  readonly transport: RtcTransport;
  readonly intent: CallIntent | undefined;
}

export interface MembershipWriterOptions {
  readonly matrix: Pick<MatrixPort, "sendState" | "scheduleState" | "sendEvent" | "scheduleEvent">;
  readonly roomId: RoomId;
  readonly slot: SlotDescription;
  readonly self: RtcSelf;
  readonly room: ReadonlySignal<RoomView | undefined>;
  /** What is to be published at present. */
  readonly content: () => MembershipContent;
}

/** Makes the writer of a layer. */
export function createMembershipWriter(layer: MembershipLayer, options: MembershipWriterOptions): MembershipWriter {
  switch (layer) {
    case "deployed":
      return stateWriter(options);
    case "sticky":
      return stickyWriter(options, stickyContents(options));
    default:
      return stickyWriter(options, draftContents(options));
  }
}

function stateWriter(options: MembershipWriterOptions): MembershipWriter {
  const { matrix, roomId, slot, self, room } = options;
  const key = (): string => legacyStateKey(self, slot, untracked(() => room.get())?.roomVersion ?? "");
  return {
    lifeMs: MEMBERSHIP_EXPIRY_MS,
    scheduleLeave: (delayMs) => matrix.scheduleState(roomId, LEGACY_MEMBER_TYPE, key(), {}, delayMs),
    sendMembership({ createdAtMs, expiresMs }) {
      const { userId, deviceId } = self;
      const fields = { roomId, slot, userId, deviceId, ...options.content(), createdAtMs, expiresMs };
      return matrix.sendState(roomId, LEGACY_MEMBER_TYPE, key(), legacyMembershipContent(fields));
    },
    clear: async () => void (await matrix.sendState(roomId, LEGACY_MEMBER_TYPE, key(), {})),
  };
}

interface StickyContents {
  readonly joined: (previous: EventId | undefined) => object;
  readonly left: object;
  /** What the homeserver sends for us. */
  readonly leftLater: object;
}

function stickyContents(options: MembershipWriterOptions): StickyContents {
  const { slot, self } = options;
  const left = leftStickyContent({ slot, memberId: self.memberId });
  return {
    joined: (previous) => stickyMembershipContent({ slot, ...self, ...options.content(), previous }),
    left,
    leftLater: left,
  };
}

function draftContents(options: MembershipWriterOptions): StickyContents {
  const { slot, self, room } = options;
  const place = { slot, memberId: self.memberId };
  const isEncrypted = (): boolean => untracked(() => room.get())?.isEncrypted ?? false;
  return {
    joined: (previous) =>
      draftMembershipContent({ slot, ...self, ...options.content(), previous, isEncrypted: isEncrypted() }),
    left: leftDraftContent(place, "leave"),
    leftLater: leftDraftContent(place, "delayed_leave"),
  };
}

function stickyWriter({ matrix, roomId }: MembershipWriterOptions, contents: StickyContents): MembershipWriter {
  const sticky = { stickyForMs: STICKY_DURATION_MS };
  return {
    lifeMs: STICKY_DURATION_MS,
    scheduleLeave: (delayMs) =>
      matrix.scheduleEvent(roomId, STICKY_MEMBER_TYPE, contents.leftLater, { ...sticky, delayMs }),
    sendMembership: ({ previous }) => matrix.sendEvent(roomId, STICKY_MEMBER_TYPE, contents.joined(previous), sticky),
    clear: async () => void (await matrix.sendEvent(roomId, STICKY_MEMBER_TYPE, contents.left, sticky)),
  };
}

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { EventId } from "../ids.ts";
import { ROOM_CALL_SLOT } from "../model.ts";
import { person, stickyEvent } from "../testing/fixtures.ts";
import {
  draftMembershipContent,
  leftDraftContent,
  leftStickyContent,
  stickyMembershipContent,
  type StickyMembershipFields,
} from "./stickyContent.ts";
import { readStickyMembership } from "./stickyMembership.ts";

const ana = person("ana");
const memberId = "3f0c6f1e-8a44-4c53-9c1f-6f6f0d1f2b10";
const serviceUrl = "https://rtc.hs.example/livekit/jwt";
const fields: StickyMembershipFields = {
  ...ana,
  memberId,
  slot: ROOM_CALL_SLOT,
  transport: { type: "livekit", serviceUrl },
  intent: "video",
  previous: undefined,
};
const withSfu: StickyMembershipFields = { ...fields, transport: { ...fields.transport, sfuUrl: "wss://sfu.example" } };

describe("layer B", () => {
  it("is written as matrix-js-sdk writes it", () => {
    expect(stickyMembershipContent(withSfu)).toEqual({
      slot_id: "m.call#ROOM",
      member: { id: memberId, user_id: ana.userId, device_id: ana.deviceId },
      application: { type: "m.call", "m.call.intent": "video" },
      transports: {
        published: [{ type: "livekit", livekit_service_url: serviceUrl }],
        can_subscribe: ["livekit"],
      },
      versions: [],
      msc4354_sticky_key: memberId,
    });
  });

  it("names the event that it renews under the relation's right name", () => {
    const content = stickyMembershipContent({ ...fields, previous: "$before" as EventId });

    expect(content["m.relates_to"]).toEqual({ rel_type: "m.reference", event_id: "$before" });
    expect(content).not.toHaveProperty("m.relation");
  });

  it("leaves with slot and key only, so that every reader takes it for left", () => {
    const content = leftStickyContent(fields);

    expect(content).toEqual({ slot_id: "m.call#ROOM", msc4354_sticky_key: memberId });
    expect(readStickyMembership(stickyEvent(ana, {}, { content }))).toEqual({ result: "left" });
  });
});

describe("layer C", () => {
  it("names neither user nor device in an encrypted room, and the SFU by its own address", () => {
    expect(draftMembershipContent({ ...withSfu, isEncrypted: true })).toEqual({
      slot_id: "m.call#ROOM",
      member: { id: memberId, membership: "join" },
      application: { type: "m.call", intent: "video", "m.call.intent": "video" },
      transports: {
        published: [{ type: "m.livekit", url: "wss://sfu.example", livekit_service_url: serviceUrl }],
        can_subscribe: ["m.livekit", "livekit"],
      },
      versions: [],
      msc4354_sticky_key: memberId,
    });
  });

  it("publishes layer B's transport where the SFU's own address is not known", () => {
    const { transports } = draftMembershipContent({ ...fields, isEncrypted: true });

    expect(transports).toMatchObject({ published: [{ type: "livekit", livekit_service_url: serviceUrl }] });
  });

  it("names the device in a room where nothing else does", () => {
    const { member } = draftMembershipContent({ ...fields, isEncrypted: false });

    expect(member).toEqual({ id: memberId, membership: "join", device_id: ana.deviceId });
  });

  it.each(["leave", "delayed_leave"] as const)("leaves with the reason %s", (code) => {
    const content = leftDraftContent(fields, code);

    expect(content).toMatchObject({ member: { id: memberId, membership: "leave" }, leave_reason: { code } });
    expect(readStickyMembership(stickyEvent(ana, {}, { content }))).toEqual({ result: "left" });
  });
});

describe("what is written", () => {
  it("is read back as the same membership, encrypted or not", () => {
    const room = fc.record({ isEncrypted: fc.boolean(), isDraft: fc.boolean() });
    fc.assert(
      fc.property(room, fc.constantFrom("audio", "video", undefined), ({ isEncrypted, isDraft }, intent) => {
        const content = isDraft
          ? draftMembershipContent({ ...withSfu, intent, isEncrypted })
          : stickyMembershipContent({ ...withSfu, intent });
        const event = stickyEvent(ana, {}, { content, ...(isEncrypted && { encryptedBy: ana.deviceId }) });

        expect(readStickyMembership(event)).toMatchObject({
          result: "membership",
          membership: {
            ...ana,
            memberId,
            slot: ROOM_CALL_SLOT,
            intent,
            transport: { own: { transport: { serviceUrl } } },
          },
        });
      }),
    );
  });
});

import type { LobbyRing } from "@conclave/call";
import { Scope, signal } from "@conclave/kit";
import { settlePromises } from "@conclave/kit/testing";
import type { EventId, UserId } from "@conclave/matrix-rtc";
import { expect, it } from "vitest";

import type { RoomPhase } from "./RoomFlow.ts";
import { soundRing } from "./soundRing.ts";

const LOBBY: RoomPhase = { name: "lobby", problem: undefined };

function start() {
  const scope = new Scope();
  const heard: string[] = [];
  const state = {
    phase: signal<RoomPhase>(LOBBY),
    ring: signal<LobbyRing | undefined>(undefined),
    isSilent: signal(false),
  };
  const play = (): (() => void) => {
    heard.push("on");
    return () => heard.push("off");
  };
  soundRing({ ...state, play }, scope);
  return { ...state, scope, heard };
}

function ringOf(caller: string, kind: LobbyRing["kind"] = "ring"): LobbyRing {
  const who = { caller: `@${caller}:hs` as UserId, callerName: caller, notificationId: `$${caller}` as EventId };
  return { ...who, kind, intent: "video", endsAtMs: 1 };
}

it("sounds while somebody rings, once, and stops with it", async () => {
  const { heard, ring } = start();

  ring.set(ringOf("ann"));
  await settlePromises();
  ring.set(ringOf("bo"));
  await settlePromises();
  expect(heard).toEqual(["on"]);
  ring.set(undefined);
  await settlePromises();

  expect(heard).toEqual(["on", "off"]);
});

it("does not sound for who is only told", async () => {
  const { heard, ring } = start();

  ring.set(ringOf("ann", "notification"));
  await settlePromises();

  expect(heard).toEqual([]);
});

it("is silenced, and heard again", async () => {
  const { heard, isSilent, ring } = start();
  ring.set(ringOf("ann"));
  await settlePromises();

  for (const isWished of [true, false]) {
    isSilent.set(isWished);
    await settlePromises();
  }

  expect(heard).toEqual(["on", "off", "on"]);
});

it("stops as soon as one joins, and when the page goes", async () => {
  const { heard, phase, ring, scope } = start();
  ring.set(ringOf("ann"));
  await settlePromises();

  phase.set({ name: "joining", step: "connecting" });
  await settlePromises();
  expect(heard).toEqual(["on", "off"]);
  phase.set(LOBBY);
  await settlePromises();
  await scope.end();

  expect(heard).toEqual(["on", "off", "on", "off"]);
});

import type { Scope } from "@conclave/kit";

import type { RoomId } from "../../ids.ts";
import type { MatrixPort } from "../../ports.ts";

/** Two users with one device each, both joined to one room, on a homeserver with delayed events. */
export interface TwoUsers {
  readonly alice: MatrixPort;
  readonly bob: MatrixPort;
  readonly roomId: RoomId;
  /** Lets time pass: a fake clock moves, real adapters wait. */
  readonly pass: (byMs: number) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** One acceptance test: run it in whatever runner the adapter uses. It rejects if the adapter breaks the port's promise. */
export interface AcceptanceTest {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** What one test does with its two users; its scope ends with it. */
export type Body = (users: TwoUsers, scope: Scope) => Promise<void>;

/** Tests by their names, which are sentences of behaviour. */
export type Tests = Readonly<Record<string, Body>>;

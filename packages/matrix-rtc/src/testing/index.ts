export { FakeMatrix } from "./FakeMatrix.ts";
export type { FakeMatrixOptions, StateWrite } from "./FakeMatrix.ts";
export { FakeMatrixUser } from "./FakeMatrixUser.ts";
export type { FakeRequest } from "./FakeMatrixUser.ts";
export { FakeRoom } from "./FakeRoom.ts";
export type { FakeRoomOptions } from "./FakeRoom.ts";

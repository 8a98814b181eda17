import { type ContractServer, runContract, serveOwn } from "@conclave/sfu/contract";
import { afterAll, beforeAll, describe } from "vitest";

describe("our SFU keeps the contract of a LiveKit server", () => {
  let own: ContractServer & { close(): Promise<void> };

  beforeAll(async () => {
    own = await serveOwn();
  });

  afterAll(() => own.close());

  runContract({ isOurs: true, server: () => own });
});

import { mintToken, type TokenOptions } from "../src/testing/serveSfu.ts";
import type { ContractServer } from "./ContractServer.ts";

/** A token that a server takes, made with livekit-server-sdk. */
export function tokenFor({ apiKey, apiSecret }: ContractServer, options: TokenOptions): Promise<string> {
  return mintToken({ key: apiKey, secret: apiSecret, ...options });
}

import type { StoredAccount } from "@conclave/call";
import { z } from "zod";

const schema = z.object({
  homeserverUrl: z.string(),
  userId: z.string(),
  deviceId: z.string(),
  accessToken: z.string(),
  password: z.string().exactOptional(),
  displayName: z.string().exactOptional(),
});

/** Reads what the app has written into its storage; `undefined` if it is no account. */
export function tryStoredAccount(value: unknown): StoredAccount | undefined {
  return schema.safeParse(value).data;
}

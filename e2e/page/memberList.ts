import type { PersonBrowser } from "@conclave/bot/browser";

/** Who is in the call as its page has it: `user:device`, in order. */
export async function memberList({ page }: PersonBrowser): Promise<readonly string[]> {
  const members = await page.evaluate(() =>
    window.conclave.call!.members.get().map(({ userId, deviceId }) => `${userId}:${deviceId}`),
  );
  return members.toSorted();
}

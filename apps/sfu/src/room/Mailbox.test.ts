import { settlePromises } from "@conclave/kit/testing";
import { describe, expect, it } from "vitest";

import { Mailbox } from "./Mailbox.ts";

const LIMIT = 2;

describe("Mailbox", () => {
  it("runs one task at a time, in order, also after one that fails", async () => {
    const mailbox = new Mailbox(10);
    const log: string[] = [];
    const slow = mailbox.run(async () => {
      await settlePromises();
      log.push("slow");
    });
    const failing = mailbox.run(() => {
      throw new Error("broken");
    });
    const quick = mailbox.run(() => void log.push("quick"));

    await expect(failing).rejects.toThrow("broken");
    await Promise.all([slow, quick]);

    expect(log).toEqual(["slow", "quick"]);
  });

  it("refuses more waiting tasks than its limit", async () => {
    const mailbox = new Mailbox(LIMIT);
    const accepted = Array.from({ length: LIMIT }, () => mailbox.run(settlePromises));

    await expect(mailbox.run(() => undefined)).rejects.toMatchObject({ code: "client_too_fast" });
    await Promise.all(accepted);
    await expect(mailbox.run(() => "again")).resolves.toBe("again");
  });

  it("runs nothing after its end", async () => {
    const mailbox = new Mailbox(LIMIT);
    const waiting = mailbox.run(() => "never");

    mailbox.close();

    await expect(waiting).rejects.toMatchObject({ code: "ended" });
    await expect(mailbox.run(() => "never")).rejects.toMatchObject({ code: "ended" });
  });
});

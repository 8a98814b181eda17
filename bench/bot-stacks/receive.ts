import type { Ask, Receiver, StackName, Told } from "./messages.ts";

const STACKS: Readonly<Record<StackName, () => Promise<Receiver>>> = {
  nodeDatachannel: async () => (await import("./receivers/nodeDatachannel.ts")).createReceiver(),
  werift: async () => (await import("./receivers/werift.ts")).createReceiver(),
  thin: async () => (await import("./receivers/thin.ts")).createReceiver(),
  mediasoup: async () => (await import("./receivers/mediasoup.ts")).createReceiver(),
};

/** A process of its own for each stack, so that its CPU time is the stack's. */
const receiver = await STACKS[process.argv[2] as StackName]();

function tell(told: Told): void {
  process.send?.(told);
}

async function follow(ask: Ask): Promise<void> {
  switch (ask.is) {
    case "offer":
      return tell({ is: "answer", index: ask.index, sdp: (await receiver.answer?.(ask.index, ask.sdp)) ?? "" });
    case "open":
      return tell({ is: "ports", ports: (await receiver.open?.(ask.keyHex)) ?? [] });
    case "read": {
      const { user, system } = process.cpuUsage();
      const cpuUs = user + system + ((await receiver.otherCpuUs?.()) ?? 0);
      return tell({ is: "usage", cpuUs, rssBytes: process.memoryUsage.rss(), packets: receiver.packets() });
    }
  }
}

process.on("message", (ask: Ask) => void follow(ask));
process.on("disconnect", () => process.exit(0));
tell({ is: "ready" });

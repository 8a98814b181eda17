import { Scope, signal, silentLogger } from "@conclave/kit";
import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { CallError } from "./errors.ts";
import { LocalMedia } from "./LocalMedia.ts";
import type { SfuConnection, SfuLocalTrack } from "./sfu/ports.ts";
import { fakeTrack } from "./testing/index.ts";

let scope: Scope;
let media: LocalMedia;
let done: string[];
beforeEach(() => {
  scope = new Scope();
  media = new LocalMedia(silentLogger, scope);
  done = [];
});
afterEach(() => scope.end());

/** A connection that notes what it was told; `gate` holds publications up, `fault` lets them fail. */
function connection(
  options: { readonly gate?: Promise<void>; readonly fault?: () => boolean; readonly state?: "ended" } = {},
): SfuConnection {
  const handle: SfuLocalTrack = {
    setMuted: (isMuted) => note(isMuted ? "mute" : "unmute"),
    replaceTrack: () => note("replace"),
    unpublish: () => note("unpublish"),
  };
  return {
    state: signal(options.state ?? "connected"),
    publish: async (_track: MediaStreamTrack, { source, isMuted }: { source: string; isMuted?: boolean }) => {
      await note(`publish ${source}${isMuted ? " muted" : ""}`);
      await options.gate;
      if (options.fault?.()) throw new CallError("publish_failed", "The fake says so");
      return handle;
    },
  } as unknown as SfuConnection;
}

function note(what: string): Promise<void> {
  done.push(what);
  return Promise.resolve();
}

describe("LocalMedia", () => {
  it("publishes what was wanted before there was a connection", async () => {
    await media.set("camera", fakeTrack("video"));
    await media.set("microphone", fakeTrack("audio"));
    await media.setMuted("microphone", true);
    expect(done).toEqual([]);

    media.attach(connection());
    await settlePromises();

    expect(done).toEqual(["publish camera", "publish microphone muted"]);
  });

  it("replaces a track rather than publish it anew", async () => {
    media.attach(connection());
    await media.set("camera", fakeTrack("video"));

    await media.set("camera", fakeTrack("video"));

    expect(done).toEqual(["publish camera", "replace"]);
  });

  it("goes straight to the newest wish", async () => {
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    media.attach(connection({ gate }));
    const wishes = [media.set("camera", fakeTrack("video")), media.set("camera", fakeTrack("video"))];
    await settlePromises();
    wishes.push(media.set("camera", undefined));

    open?.();
    await Promise.all(wishes);

    expect(done).toEqual(["publish camera", "unpublish"]);
  });

  it("publishes everything again over a new connection", async () => {
    media.attach(connection());
    await media.set("camera", fakeTrack("video"));
    await media.set("microphone", fakeTrack("audio"));
    done.length = 0;

    media.attach(connection());
    await settlePromises();

    expect(done).toEqual(["publish camera", "publish microphone"]);
  });

  it("rejects as publish_failed, shows nothing then, and works the next time", async () => {
    let isBroken = true;
    media.attach(connection({ fault: () => isBroken }));

    await expect(media.set("camera", fakeTrack("video"))).rejects.toMatchObject({ code: "publish_failed" });
    expect(media.tracks.get().size).toBe(0);
    isBroken = false;
    await media.set("camera", fakeTrack("video"));

    expect(media.tracks.get().has("camera")).toBe(true);
  });

  it("keeps a wish whose connection was lost on the way, and fulfils it over the next", async () => {
    media.attach(connection({ fault: () => true, state: "ended" }));
    await media.set("camera", fakeTrack("video"));

    media.attach(connection());
    await settlePromises();

    expect(done).toEqual(["publish camera", "publish camera"]);
    expect(media.tracks.get().has("camera")).toBe(true);
  });

  it("does not wait for what hangs on the connection before", async () => {
    media.attach(connection({ gate: new Promise(() => {}) }));
    void media.set("camera", fakeTrack("video"));
    await settlePromises();

    media.attach(connection());
    await settlePromises();
    await media.set("camera", undefined);

    expect(done).toEqual(["publish camera", "publish camera", "unpublish"]);
  });

  it("mutes nothing where nothing is", async () => {
    media.attach(connection());

    await media.setMuted("microphone", true);

    expect(done).toEqual([]);
  });

  it("keeps the mute over a change of device", async () => {
    media.attach(connection());
    await media.set("microphone", fakeTrack("audio"));
    await media.setMuted("microphone", true);

    await media.set("microphone", fakeTrack("audio"));

    expect(media.tracks.get().get("microphone")?.isMuted).toBe(true);
    expect(done).toEqual(["publish microphone", "mute", "replace"]);
  });

  it("stops nobody's track", async () => {
    const track = fakeTrack("video");
    media.attach(connection());
    await media.set("camera", track);

    await scope.end();

    expect(track.readyState).toBe("live");
    expect(media.tracks.get().size).toBe(0);
  });
});

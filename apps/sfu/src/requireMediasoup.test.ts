import { describe, expect, it } from "vitest";

import { mediasoupVersion } from "./media/mediasoup/version.ts";
import { requireMediasoup } from "./requireMediasoup.ts";

describe("requireMediasoup", () => {
  it.each(["3.27.1", "3.27.2", "3.28.0", "4.0.0", mediasoupVersion])("takes %s", (version) => {
    expect(() => requireMediasoup(version)).not.toThrow();
  });

  it.each(["3.27.0", "3.26.9", "2.99.99", "", "3.27", "newest"])("refuses %j", (version) => {
    expect(() => requireMediasoup(version)).toThrow(expect.objectContaining({ code: "media_unavailable" }));
  });
});

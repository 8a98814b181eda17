import { describe, expect, it } from "vitest";

import { chooseMediaAddresses } from "./mediaAddresses.ts";

function address(text: string, family: "IPv4" | "IPv6" = "IPv4") {
  return { address: text, family, netmask: "", mac: "", internal: false, cidr: null, scopeid: 0 } as const;
}

const interfaces = {
  lo: [address("127.0.0.1"), address("::1", "IPv6")],
  eth0: [address("192.168.1.5"), address("169.254.3.4")],
};

describe("chooseMediaAddresses", () => {
  it.each(["127.0.0.1", "localhost", "::1", "0.0.0.0", "::"])(
    "announces network addresses before loopback when listening on %s",
    (host) => {
      expect(chooseMediaAddresses({ host, announce: [] }, interfaces)).toEqual({
        mediaHost: "0.0.0.0",
        announce: ["192.168.1.5", "127.0.0.1"],
      });
    },
  );

  it("uses a given address alone", () => {
    expect(chooseMediaAddresses({ host: "192.168.1.5", announce: [] }, interfaces)).toEqual({
      mediaHost: "192.168.1.5",
      announce: [],
    });
  });

  it("announces exactly what the operator says", () => {
    const announce = ["203.0.113.7"];

    expect(chooseMediaAddresses({ host: "0.0.0.0", announce }, interfaces)).toEqual({ mediaHost: "0.0.0.0", announce });
    expect(chooseMediaAddresses({ host: "10.0.0.2", announce }, interfaces)).toEqual({
      mediaHost: "10.0.0.2",
      announce,
    });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { probeData, probeNode, probePort, probeSecureContext, probeSite, probeWorker } from "./probes.ts";

describe("probes", () => {
  it("know which Node is new enough", () => {
    expect(probeNode("24.21.0").remedy).toBeUndefined();
    expect(probeNode("22.9.0").remedy).toContain("npm start");
  });

  it.each(["", "/nope", "/bin/true"])("find no media worker at %j", (path) => {
    expect(probeWorker(path).remedy).toContain("MEDIASOUP_WORKER_BIN");
  });

  it("find a data folder that is still to be made, and one that cannot be", () => {
    const folder = mkdtempSync(join(tmpdir(), "conclave-doctor-"));
    writeFileSync(join(folder, "index.html"), "");

    expect(probeData(join(folder, "new", "data")).remedy).toBeUndefined();
    expect(probeSite(join(folder, "index.html")).remedy).toBeUndefined();
    expect(probeSite(join(folder, "missing.html")).remedy).toContain("npm run build");
    rmSync(folder, { recursive: true });
  });

  it("find a port that is in use", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;

    const taken = await probePort("web port", "127.0.0.1", port);
    await new Promise((resolve) => server.close(resolve));
    const free = await probePort("web port", "127.0.0.1", port);

    expect(taken.detail).toContain("in use");
    expect(taken.remedy).toBeDefined();
    expect(free.remedy).toBeUndefined();
  });

  it.each([
    [undefined, "127.0.0.1", true],
    [undefined, "0.0.0.0", false],
    ["https://call.example.org", "0.0.0.0", true],
    ["http://call.example.org", "127.0.0.1", false],
  ])("for public URL %s on %s say secure: %s", (publicUrl, host, isSecure) => {
    expect(probeSecureContext(publicUrl, host).remedy === undefined).toBe(isSecure);
  });
});

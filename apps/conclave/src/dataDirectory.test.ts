import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openDataDirectory } from "./dataDirectory.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-data-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(path = folder, serverName = "localhost") {
  return openDataDirectory({ randomBytes }, path, serverName);
}

describe("openDataDirectory", () => {
  it("makes an installation with a 32-byte secret that only the owner can read", () => {
    const path = join(folder, "new", "data");

    const data = open(path);

    expect(data.livekitSecret).toMatch(/^[0-9a-f]{64}$/);
    expect(data.databasePath).toBe(join(path, "homeserver.sqlite"));
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, "installation.json")).mode & 0o777).toBe(0o600);
  });

  it("keeps name, key and secret of an installation that is there", () => {
    const first = open(folder, "call.example.org");

    const second = open(folder, "other.example.org");

    expect(second).toEqual(first);
    expect(second.serverName).toBe("call.example.org");
  });

  it("gives two installations different secrets", () => {
    expect(open(join(folder, "a")).livekitSecret).not.toBe(open(join(folder, "b")).livekitSecret);
  });

  it("takes away rights of others that a backup tool may have restored", () => {
    open();
    chmodSync(join(folder, "installation.json"), 0o644);

    open();

    expect(statSync(join(folder, "installation.json")).mode & 0o777).toBe(0o600);
  });

  it.each(["", "{", '{"serverName":"localhost","livekitKey":"k","livekitSecret":"short"}'])(
    "refuses the damaged installation %j and leaves it alone",
    (text) => {
      const file = join(folder, "installation.json");
      writeFileSync(file, text);

      expect(() => open()).toThrow(expect.objectContaining({ code: "data_unusable" }));
      expect(readFileSync(file, "utf8")).toBe(text);
    },
  );

  it("says what to do where the folder cannot be made", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");

    expect(() => open(join(file, "data"))).toThrow(/cannot be written \(ENOTDIR\).*--data/);
    expect(() => open("/proc/conclave/data")).toThrow(/cannot be written .*--data/);
  });
});

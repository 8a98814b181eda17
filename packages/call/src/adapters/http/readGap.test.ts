import { FakeClock } from "@conclave/kit/testing";
import { Scope } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";
import { describe, expect, onTestFinished, test } from "vitest";

import { HomeserverClient } from "./HomeserverClient.ts";
import { readGap } from "./readGap.ts";
import { refuse } from "./testing/TinyHomeserver.ts";

const ROOM = "!room:hs.example" as RoomId;
const GAP = { from: "t90", to: "t10", told: new Set<string>() };

/** A homeserver that has these pages of a room, newest first, and no others. */
function setUp(pages: readonly (object | Response)[]) {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const asked: URLSearchParams[] = [];
  const fetch = (input: RequestInfo | URL): Promise<Response> => {
    const page = pages[asked.length] ?? { chunk: [] };
    asked.push(new URL(input as string).searchParams);
    return Promise.resolve(page instanceof Response ? page : Response.json(page));
  };
  const client = new HomeserverClient({
    homeserverUrl: "https://hs.example",
    fetch,
    clock: new FakeClock(),
    signal: scope.signal,
  });
  const read = async (gap = GAP): Promise<readonly string[]> =>
    (await readGap(client, ROOM, gap)).map(({ eventId }) => eventId);
  return { read, asked };
}

function reaction(event_id: string, more: object = {}): object {
  return { type: "m.reaction", event_id, sender: "@a:hs.example", origin_server_ts: 1, content: {}, ...more };
}

describe("a gap", () => {
  test("is read page by page to its beginning, and told from there", async () => {
    const { read, asked } = setUp([
      { chunk: [reaction("$5"), reaction("$4")], end: "t40" },
      { chunk: [], end: "t30" },
      { chunk: [reaction("$2")] },
    ]);

    expect(await read()).toEqual(["$2", "$4", "$5"]);
    expect(asked.map((query) => [query.get("dir"), query.get("from"), query.get("to")])).toEqual([
      ["b", "t90", "t10"],
      ["b", "t40", "t10"],
      ["b", "t30", "t10"],
    ]);
  });

  test("is asked for what concerns calls, so that a chatty room costs one page", async () => {
    const { read, asked } = setUp([]);

    await read();

    const filter = JSON.parse(asked[0]?.get("filter") ?? "") as { types: string[] };
    expect(filter.types).toEqual(expect.arrayContaining(["m.reaction", "m.room.encrypted", "m.room.redaction"]));
    expect(filter.types).not.toContain("m.room.message");
  });

  test("brings nothing again that was told, nothing that a redaction has emptied, nothing malformed", async () => {
    const emptied = reaction("$3", { unsigned: { redacted_because: {} } });
    const { read } = setUp([{ chunk: [reaction("$4"), emptied, 7, { type: "x" }, reaction("$2"), reaction("$1")] }]);

    expect(await read({ ...GAP, told: new Set(["$1", "$2"]) })).toEqual(["$4"]);
  });

  test("that does not end is given up after some pages, and one that stands still at once", async () => {
    const endless = setUp(Array.from({ length: 20 }, (_, n) => ({ chunk: [reaction(`$${n}`)], end: `t${80 - n}` })));
    const still = setUp([{ chunk: [reaction("$1")], end: "t90" }]);

    expect(await endless.read()).toHaveLength(5);
    expect(await still.read()).toEqual(["$1"]);
    expect([endless.asked.length, still.asked.length]).toEqual([5, 1]);
  });

  test("that may not be read is refused", async () => {
    await expect(setUp([refuse(403, "M_FORBIDDEN")]).read()).rejects.toMatchObject({ code: "forbidden" });
  });
});

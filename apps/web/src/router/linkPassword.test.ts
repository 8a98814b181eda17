import { describe, expect, it } from "vitest";

import { linkPassword, passwordFragment } from "./linkPassword.ts";

describe("the password of a link", () => {
  it.each(["#password=a%2Bb", "#?password=a%2Bb", "#/?roomId=x&password=a%2Bb", "#/Standup?password=a%2Bb&x=1"])(
    "is read from the fragment %s",
    (hash) => {
      expect(linkPassword(new URL(`https://call.example/r/abcd-efgh-jkm${hash}`))).toBe("a+b");
    },
  );

  it.each(["", "#", "#password", "#password=", "#x=1", `#password=${"x".repeat(1_025)}`, "?password=in-the-query"])(
    "is absent from %.40s",
    (rest) => {
      expect(linkPassword(new URL(`https://call.example/r/abcd-efgh-jkm${rest}`))).toBeUndefined();
    },
  );

  it("comes back from the fragment that it was written into", () => {
    const password = "#?&=+ ü/";

    expect(linkPassword(new URL(`https://call.example/#${passwordFragment(password)}`))).toBe(password);
  });
});

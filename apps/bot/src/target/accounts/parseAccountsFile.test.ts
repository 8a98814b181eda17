import { describe, expect, it } from "vitest";

import { parseAccountsFile } from "./parseAccountsFile.ts";

const SECRET = "hunter2-and-more";

const messageOf = (content: string): string => {
  try {
    parseAccountsFile(content, "a.yaml");
    return "";
  } catch (fault) {
    return (fault as Error).message;
  }
};

describe("a file of accounts", () => {
  it("is read as YAML and as JSON", () => {
    const yaml = `- userId: "@a:example.org"\n  password: ${SECRET}\n- {userId: "@b:example.org", accessToken: ${SECRET}, deviceId: D}\n`;
    const json = JSON.stringify([{ userId: "@a:example.org", password: SECRET }]);

    const [first, second] = parseAccountsFile(yaml, "accounts.yaml");

    expect(first?.login.type === "password" && first.login.password.reveal()).toBe(SECRET);
    expect(second?.login).toMatchObject({ type: "token", deviceId: "D" });
    expect(parseAccountsFile(json, "accounts.json")).toHaveLength(1);
  });

  it.each([
    ["{", /^a\.yaml is neither JSON nor YAML \(line \d+\)\.$/],
    ["", /^a\.yaml must be a list of 1 to 10000 accounts/],
    ["[]", /must be a list/],
    ["just text", /must be a list/],
    [`[${SECRET}]`, /^Account 1 of a\.yaml: it is not a mapping\.$/],
    [`[{userId: ${SECRET}, password: p}]`, /^Account 1 of a\.yaml: userId must be like @name:server\.$/],
    ["[{password: p}]", /^Account 1 of a\.yaml: userId must be a text\.$/],
    ['[{userId: "@a:x"}]', /^Account 1 of a\.yaml: it needs either password or accessToken\.$/],
    ['[{userId: "@a:x", password: p, accessToken: t}]', /it needs either password or accessToken/],
    ['[{userId: "@a:x", password: 12345}]', /^Account 1 of a\.yaml: password must be a text\.$/],
    ['[{userId: "@a:x", password: p, pasword: p}]', /^Account 1 of a\.yaml: it has the unknown key pasword\.$/],
    [
      '[{userId: "@a:x", password: p}, {userId: "@a:x", password: q}]',
      /^Account 2 of a\.yaml is the same user as account 1\.$/,
    ],
  ])("is refused when it is %j", (text, message) => {
    expect(() => parseAccountsFile(text, "a.yaml")).toThrow(message);
  });

  it("is told all its faults at once, and none with a secret", () => {
    const text = `- {userId: ${SECRET}, password: ${SECRET}}\n- {userId: "@b:x", password: [${SECRET}]}\n- {userId: "@c:x", password: "${SECRET}}`;
    const faulty = `- {userId: ${SECRET}, password: ${SECRET}}\n- {userId: "@b:x", password: [${SECRET}]}\n`;

    expect(messageOf(faulty).split("\n")).toHaveLength(2);
    expect(messageOf(faulty) + messageOf(text)).not.toContain(SECRET);
  });
});

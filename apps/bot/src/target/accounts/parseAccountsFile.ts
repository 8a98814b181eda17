import { Secret } from "@conclave/kit";
import { parse, YAMLParseError } from "yaml";
import { z } from "zod";

import { TargetError } from "../errors.ts";

/** More than any run on one machine uses; a file beyond it is not a list of accounts. */
const MAX_ACCOUNTS = 10_000;
const MAX_FILE_CHARACTERS = 4 * 1024 * 1024;

/** An account that somebody lends to the swarm. It is never deactivated. */
export interface GivenAccount {
  readonly userId: string;
  /** `password` logs in on a device of its own, which is logged out in the end. */
  readonly login:
    | { readonly type: "password"; readonly password: Secret<string> }
    | { readonly type: "token"; readonly accessToken: Secret<string>; readonly deviceId?: string };
}

const accountSchema = z
  .strictObject({
    userId: z.string().regex(/^@[^:\s]+:[^\s]+$/, "userId must be like @name:server"),
    password: z.string().min(1, "password is empty").optional(),
    accessToken: z.string().min(1, "accessToken is empty").optional(),
    deviceId: z.string().min(1, "deviceId is empty").optional(),
  })
  .refine(({ password, accessToken }) => (password === undefined) !== (accessToken === undefined), {
    error: "it needs either password or accessToken",
  });

/**
 * Reads a list of accounts, JSON or YAML.
 *
 * @param name what a message calls the file
 * @throws {TargetError} `accounts_invalid` with one sentence for each fault, one a line; never with a secret
 */
export function parseAccountsFile(text: string, name: string): readonly GivenAccount[] {
  const entries = parseList(text, name);
  const faults: string[] = [];
  const accounts: GivenAccount[] = [];
  const lines = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const result = accountSchema.safeParse(entry);
    if (!result.success) {
      faults.push(...result.error.issues.map((issue) => `Account ${index + 1} of ${name}: ${sentenceOf(issue)}.`));
      continue;
    }
    const earlier = lines.get(result.data.userId);
    if (earlier !== undefined) faults.push(`Account ${index + 1} of ${name} is the same user as account ${earlier}.`);
    lines.set(result.data.userId, index + 1);
    accounts.push(accountOf(result.data));
  }
  if (faults.length > 0) throw invalid(faults.join("\n"));
  return accounts;
}

function parseList(text: string, name: string): readonly unknown[] {
  if (text.length > MAX_FILE_CHARACTERS) throw invalid(`${name} is too long for a list of accounts.`);
  const list = parseText(text, name);
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_ACCOUNTS) {
    throw invalid(
      `${name} must be a list of 1 to ${MAX_ACCOUNTS} accounts, each with userId and password or accessToken.`,
    );
  }
  return list as readonly unknown[];
}

function parseText(text: string, name: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (fault) {
    // The parser's own message quotes the line, which may hold a password.
    const line = fault instanceof YAMLParseError ? fault.linePos?.[0].line : undefined;
    throw invalid(`${name} is neither JSON nor YAML${line === undefined ? "" : ` (line ${line})`}.`);
  }
}

/** Of zod's own messages only what cannot quote a value. */
function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys")
    return `it has the unknown ${issue.keys.length > 1 ? "keys" : "key"} ${issue.keys.join(", ")}`;
  if (issue.code === "invalid_type") {
    return issue.path.length === 0 ? "it is not a mapping" : `${issue.path.join(".")} must be a text`;
  }
  return issue.message;
}

function accountOf(entry: z.output<typeof accountSchema>): GivenAccount {
  const { userId, password, accessToken, deviceId } = entry;
  if (password !== undefined) return { userId, login: { type: "password", password: new Secret(password) } };
  const device = deviceId === undefined ? {} : { deviceId };
  return { userId, login: { type: "token", accessToken: new Secret(accessToken ?? ""), ...device } };
}

function invalid(message: string): TargetError {
  return new TargetError("accounts_invalid", message);
}

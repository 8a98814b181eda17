import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { Secret } from "@conclave/kit";

import { readScenarioFlags, SCENARIO_FLAGS, ScenarioError } from "./scenario/index.ts";
import type { FlagValue } from "./scenario/index.ts";

const MAX_SHARDS = 1000;
const SECRET_VARIABLE = "CONCLAVE_SHARED_SECRET";
/** These would be seen in a list of processes and in the shell's history. */
const SECRET_FLAG = /^--(shared-secret|password|token|access-token|secret)(=|$)/;

/** Where the accounts of the bots come from, other than from registration that is open to all. */
export type Credentials =
  | { readonly kind: "open" }
  | { readonly kind: "accounts"; readonly file: string }
  | { readonly kind: "shared_secret_file"; readonly file: string }
  | { readonly kind: "shared_secret"; readonly secret: Secret<string> };

/** `conclave swarm [SCENARIO]`. */
export interface RunCommand {
  readonly kind: "run";
  /** What `loadScenario` takes, with `flags` and `isEmbedded`. */
  readonly scenario: string | undefined;
  readonly flags: readonly FlagValue[];
  /** Embedded: the command starts the servers itself. */
  readonly target: { readonly kind: "embedded" } | { readonly kind: "foreign"; readonly url: string };
  readonly credentials: Credentials;
  /** The operator says that a host that is neither loopback nor private is theirs to load. */
  readonly ownsServer: boolean;
  /** `index` from 0; `--shard 3/50` is index 2 of 50. */
  readonly shard: { readonly index: number; readonly count: number } | undefined;
  /** When the run starts, ms since 1970; `undefined` for now. */
  readonly startAtMs: number | undefined;
  /** `undefined` for a new folder of the runner's choice. */
  readonly outDir: string | undefined;
  /** Accounts and rooms stay after the run. */
  readonly keep: boolean;
  readonly output: "progress" | "json" | "quiet";
}

/** What `conclave swarm` was asked for. */
export type SwarmCommand =
  | { readonly kind: "help" }
  | { readonly kind: "list" }
  | { readonly kind: "merge"; readonly folders: readonly string[]; readonly outDir: string }
  | { readonly kind: "compare"; readonly before: string; readonly after: string }
  | RunCommand;

const RUN_FLAGS = {
  url: { type: "string" },
  accounts: { type: "string" },
  "shared-secret-file": { type: "string" },
  "i-own-this-server": { type: "boolean" },
  shard: { type: "string" },
  at: { type: "string" },
  out: { type: "string" },
  keep: { type: "boolean" },
  json: { type: "boolean" },
  quiet: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  ...SCENARIO_FLAGS,
} as const;

type Values = ReturnType<typeof parseFlags>["values"];

/**
 * Reads the arguments of `conclave swarm`. Values that belong to the scenario are not judged here but by `loadScenario`,
 * together with the scenario's own.
 *
 * @throws {ScenarioError} `bad_option`
 */
export function parseSwarmCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): SwarmCommand {
  const { values, positionals } = parseFlags(args);
  if (values.help) return { kind: "help" };
  const [first, ...rest] = positionals;
  switch (first) {
    case "list":
      takeNoFlags("list", values, []);
      if (rest.length > 0) throw badOption("conclave swarm list takes no arguments.");
      return { kind: "list" };
    case "merge":
      return parseMerge(rest, values);
    case "compare":
      return parseCompare(rest, values);
    default:
      if (rest.length > 0) throw badOption("conclave swarm takes one scenario; see conclave swarm --help.");
      return parseRun(first, values, environment);
  }
}

function parseFlags(args: readonly string[]) {
  if (args.some((arg) => SECRET_FLAG.test(arg))) {
    throw badOption(`A secret never goes on the command line: use --shared-secret-file or ${SECRET_VARIABLE}.`);
  }
  try {
    return parseArgs({ args: [...args], options: RUN_FLAGS, allowPositionals: true });
  } catch (cause) {
    const [sentence] = (cause as Error).message.split(/[.\n]/);
    throw badOption(`${sentence}; see conclave swarm --help.`, cause);
  }
}

function parseMerge(folders: readonly string[], values: Values): SwarmCommand {
  takeNoFlags("merge", values, ["out"]);
  if (folders.length < 2) throw badOption("conclave swarm merge needs the folders of two or more shards.");
  if (!values.out) throw badOption("conclave swarm merge needs --out DIR for the result.");
  return { kind: "merge", folders: folders.map((folder) => resolve(folder)), outDir: resolve(values.out) };
}

function parseCompare(folders: readonly string[], values: Values): SwarmCommand {
  takeNoFlags("compare", values, []);
  const [before, after, ...more] = folders;
  if (!before || !after || more.length > 0) throw badOption("conclave swarm compare needs the folders of two runs.");
  return { kind: "compare", before: resolve(before), after: resolve(after) };
}

function takeNoFlags(command: string, values: Values, allowed: readonly string[]): void {
  const flag = Object.keys(values).find((key) => !allowed.includes(key));
  if (flag) throw badOption(`conclave swarm ${command} does not take --${flag}.`);
}

function parseRun(
  scenario: string | undefined,
  values: Values,
  environment: Readonly<Record<string, string | undefined>>,
): RunCommand {
  const target = parseTarget(values.url);
  const shard = values.shard === undefined ? undefined : parseShard(values.shard);
  const startAtMs = values.at === undefined ? undefined : parseInstant(values.at);
  if (shard && target.kind === "embedded") throw badOption("--shard needs --url: all shards load the same servers.");
  if (shard && shard.count > 1 && startAtMs === undefined)
    throw badOption("--shard needs --at: all shards start at one instant.");
  if (values.json && values.quiet) throw badOption("--json and --quiet exclude each other.");
  return {
    kind: "run",
    scenario,
    flags: readScenarioFlags(values),
    target,
    credentials: parseCredentials(values, environment, target.kind),
    ownsServer: values["i-own-this-server"] ?? false,
    shard,
    startAtMs,
    outDir: values.out === undefined ? undefined : resolve(values.out),
    keep: values.keep ?? false,
    output: values.json ? "json" : values.quiet ? "quiet" : "progress",
  };
}

/** The text is not shown: a link may carry what only its guests should know. */
function parseTarget(text: string | undefined): RunCommand["target"] {
  if (text === undefined) return { kind: "embedded" };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw badOption("--url must be a link to a call or a homeserver, such as https://call.example.org.");
  }
  if (url.username || url.password) throw badOption("--url must not carry a name or password; use --accounts FILE.");
  return { kind: "foreign", url: url.href };
}

function parseCredentials(
  values: Values,
  environment: Readonly<Record<string, string | undefined>>,
  target: RunCommand["target"]["kind"],
): Credentials {
  const { accounts, "shared-secret-file": secretFile } = values;
  const given = accounts === undefined ? "--shared-secret-file" : "--accounts";
  if (accounts !== undefined && secretFile !== undefined) {
    throw badOption("--accounts and --shared-secret-file exclude each other.");
  }
  if (target === "embedded") {
    if (accounts ?? secretFile) throw badOption(`${given} needs --url: the embedded servers make their own accounts.`);
    return { kind: "open" };
  }
  if (accounts !== undefined) return { kind: "accounts", file: resolve(accounts) };
  if (secretFile !== undefined) return { kind: "shared_secret_file", file: resolve(secretFile) };
  const secret = environment[SECRET_VARIABLE];
  return secret ? { kind: "shared_secret", secret: new Secret(secret) } : { kind: "open" };
}

function parseShard(text: string): { index: number; count: number } {
  const [, number, count] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (!number || !count || number > count || count > MAX_SHARDS) {
    throw badOption(`--shard must be like 3/50, from 1/N to N/N and N up to ${MAX_SHARDS}, not "${text}".`);
  }
  return { index: number - 1, count };
}

/** Only with a time zone: shards in two zones must mean the same. */
function parseInstant(text: string): number {
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const instantMs = isInstant ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instantMs))
    throw badOption(`--at must be like 2030-01-31T18:00:00Z, with a time zone, not "${text}".`);
  return instantMs;
}

function badOption(sentence: string, cause?: unknown): ScenarioError {
  return new ScenarioError("bad_option", [{ path: "", sentence }], cause);
}

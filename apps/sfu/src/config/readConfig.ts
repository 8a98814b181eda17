import { parseArgs } from "node:util";

import { SfuError } from "../errors.ts";
import { configOptions, fileSchema } from "./fileSchema.ts";
import { type ConfigLayer, layerFromEnvironment, layerFromTexts, layerFromYaml, merge, SHORT_FLAGS } from "./layers.ts";
import { type Machine, type SfuSettings, toSettings } from "./toSettings.ts";

/** What a program is started with. */
export interface StartInput {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly machine: Machine;
}

/** What `livekit-server --dev` has. */
const DEV_LAYER: ConfigLayer = {
  bind_addresses: ["127.0.0.1", "::1"],
  rtc: { bind_addresses: ["127.0.0.1"] },
  logging: { level: "debug" },
};
const DEV_KEYS: ConfigLayer = { keys: { devkey: "secret" } };

const FLAGS = {
  help: { type: "boolean", short: "h" },
  dev: { type: "boolean" },
  config: { type: "string" },
  "config-body": { type: "string" },
  ...Object.fromEntries(Object.keys(SHORT_FLAGS).map((name) => [name, { type: "string" as const }])),
  ...Object.fromEntries(configOptions.map(({ flag }) => [flag, { type: "string" as const }])),
} as const;

/**
 * Puts flags over the environment over a file over what `--dev` means, and checks the whole.
 *
 * @returns `undefined` when only help is wanted
 * @throws {SfuError} `config_invalid`, naming every fault and no secret
 */
export function readConfig({ args, environment, machine }: StartInput): SfuSettings | undefined {
  const { help, dev: isDev = false, config: path, "config-body": body, ...rest } = parseFlags(args);
  if (help) return undefined;
  const file = path === undefined ? {} : layerFromYaml(machine.readFile(path).text, path);
  const text = layerFromYaml(body ?? environment["LIVEKIT_CONFIG"] ?? "", "LIVEKIT_CONFIG");
  const flags = rest as Readonly<Record<string, string | undefined>>;
  const short = Object.fromEntries(Object.entries(SHORT_FLAGS).map(([name, flag]) => [flag, flags[name]]));
  const layers = [
    isDev ? DEV_LAYER : {},
    file,
    text,
    layerFromEnvironment(environment),
    layerFromTexts(short, ({ flag }) => flag),
    layerFromTexts(flags, ({ flag }) => flag),
  ];
  const all = layers.reduce((below, over) => merge(below, over));
  const hasKeys = all["keys"] !== undefined || all["key_file"] !== undefined;
  const parsed = fileSchema.safeParse(isDev && !hasKeys ? merge(all, DEV_KEYS) : all);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join(".") || "option"}: ${faultOf(issue)}`);
    throw new SfuError("config_invalid", faults.join("; "));
  }
  return toSettings(parsed.data, { isDev, machine, workerVariable: environment["MEDIASOUP_WORKER_BIN"] });
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: false }).values;
  } catch (cause) {
    const [sentence = ""] = (cause as Error).message.split(". ");
    throw new SfuError("config_invalid", sentence);
  }
}

/** Without the value: it may be a secret. */
function faultOf(issue: {
  readonly code: string;
  readonly message: string;
  readonly keys?: readonly string[];
}): string {
  if (issue.code !== "unrecognized_keys") return issue.message;
  return `${(issue.keys ?? []).join(", ")} unknown to this SFU`;
}

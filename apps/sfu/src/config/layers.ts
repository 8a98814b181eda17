import { parse } from "yaml";

import { SfuError } from "../errors.ts";
import { type ConfigOption, configOptions } from "./fileSchema.ts";

/** Options as a file would hold them, whatever they came from. */
export type ConfigLayer = Readonly<Record<string, unknown>>;

/** Names that LiveKit's program has beside those of all options. */
const SHORT_VARIABLES: Readonly<Record<string, string>> = { NODE_IP: "rtc.node_ip", UDP_PORT: "rtc.udp_port" };
export const SHORT_FLAGS: Readonly<Record<string, string>> = {
  "node-ip": "rtc.node_ip",
  "udp-port": "rtc.udp_port",
  "key-file": "key_file",
  bind: "bind_addresses",
};

/** Reads YAML, of which JSON is a part. An empty text is an empty layer. @throws {SfuError} `config_invalid` */
export function layerFromYaml(text: string, source: string): ConfigLayer {
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch {
    // The parser's error quotes the text, in which there are secrets.
    throw new SfuError("config_invalid", `${source} is not YAML`);
  }
  if (isLayer(value)) return value;
  throw new SfuError("config_invalid", `${source} holds no options`);
}

/** Takes the options out of texts by their names, such as those of flags. */
export function layerFromTexts(texts: Readonly<Record<string, string | undefined>>, nameOf: NameOf): ConfigLayer {
  let layer: ConfigLayer = {};
  for (const option of configOptions) {
    const text = texts[nameOf(option)];
    if (text !== undefined) layer = merge(layer, nest(option, readText(option, text)));
  }
  return layer;
}

type NameOf = (option: ConfigOption) => string;

/** The environment: every option under its own variable, and the few short ones. */
export function layerFromEnvironment(environment: Readonly<Record<string, string | undefined>>): ConfigLayer {
  const short = Object.fromEntries(Object.entries(SHORT_VARIABLES).map(([name, flag]) => [flag, environment[name]]));
  const own = layerFromTexts(environment, ({ variable }) => variable);
  return merge(
    layerFromTexts(short, ({ flag }) => flag),
    own,
  );
}

/** The second layer's options over the first one's; lists and maps of keys are replaced whole. */
export function merge(base: ConfigLayer, over: ConfigLayer): ConfigLayer {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    merged[name] = name !== "keys" && isLayer(below) && isLayer(value) ? merge(below, value) : value;
  }
  return merged;
}

function nest({ path }: ConfigOption, value: unknown): ConfigLayer {
  return path.toReversed().reduce<unknown>((inner, name) => ({ [name]: inner }), value) as ConfigLayer;
}

/** A text may stand for a number, a switch, a map, a list or itself: what the option takes. */
function readText({ schema }: ConfigOption, text: string): unknown {
  const list = text.split(",").map((part) => part.trim());
  const readings: unknown[] = [tryYaml(text), text, list.filter((part) => part !== "")];
  return readings.find((reading) => schema.safeParse(reading).success) ?? text;
}

function tryYaml(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isLayer(value: unknown): value is ConfigLayer {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

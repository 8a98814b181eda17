import { configOptions } from "./fileSchema.ts";
import { defaultLimits } from "./limits.ts";

const NAME_COLUMNS = 36;

/** The text of `--help`. */
export function usageText(): string {
  const lines = configOptions.map(({ flag, schema }) => `  --${flag.padEnd(NAME_COLUMNS)} ${schema.description ?? ""}`);
  return `Usage: conclave sfu [options]

  LiveKit signalling and server API on mediasoup.

  --dev              on loopback, with the key "devkey" and the secret "secret"
  --config FILE      options in YAML, with LiveKit's names
  --config-body TEXT the same in a text (or in LIVEKIT_CONFIG)
  --node-ip, --udp-port, --bind, --key-file   short for rtc.node_ip, rtc.udp_port, bind_addresses, key_file
  --help

Every option, here as a flag. In files it is nested at the dots; in the environment it is LIVEKIT_ and its name in
capitals with _ for the dots: LIVEKIT_ROOM_AUTO_CREATE=false. Flags count before the environment, that before files.

${lines.join("\n")}

Limits that are not given: ${Object.entries(defaultLimits)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ")}.
`;
}

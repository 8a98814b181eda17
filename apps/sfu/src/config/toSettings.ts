import { SfuError } from "../errors.ts";
import type { SfuConfig } from "../ports.ts";
import type { FileConfig } from "./fileSchema.ts";
import { layerFromYaml } from "./layers.ts";
import { defaultLimits, type SfuLimits } from "./limits.ts";

/** Shorter secrets can be guessed; LiveKit's server demands the same outside its development mode. */
const MIN_SECRET_BYTES = 32;
const DEFAULT_MEDIA_PORT = 7882;
const MS_PER_SECOND = 1000;
/** Of a file's mode: what those who are neither its owner nor of its group may do. */
const OTHERS = 0o007;

/** What a configuration has to know of the machine. */
export interface Machine {
  readonly cores: number;
  readonly defaultWorkerBin: string;
  /** @throws {SfuError} `config_invalid` */
  readonly readFile: (path: string) => { readonly text: string; readonly mode: number };
}

/** What the stand-alone program runs with. */
export interface SfuSettings {
  readonly http: { readonly hosts: readonly string[]; readonly port: number };
  /** Of the metrics page; undefined: none. */
  readonly metricsPort: number | undefined;
  readonly logLevel: FileConfig["logging"]["level"];
  readonly sfu: SfuConfig;
}

interface Context {
  readonly isDev: boolean;
  readonly machine: Machine;
  readonly workerVariable: string | undefined;
}

/** Turns options that are each right into settings that go together. @throws {SfuError} `config_invalid` */
export function toSettings(file: FileConfig, context: Context): SfuSettings {
  const { rtc, room, worker } = file;
  const apiKeys = readKeys(file, context);
  const workerBin = worker.bin ?? (context.workerVariable || context.machine.defaultWorkerBin);
  if (workerBin === "") throw invalid("worker.bin: no media worker; set MEDIASOUP_WORKER_BIN, or run npm start once");
  return {
    http: { hosts: file.bind_addresses ?? [], port: file.port },
    metricsPort: file.prometheus_port ?? file.prometheus.port,
    logLevel: file.logging.level,
    sfu: {
      apiKeys,
      ...mediaPorts(file, context.machine.cores),
      mediaHost: (rtc.bind_addresses ?? ["0.0.0.0"]).join(","),
      announce: rtc.node_ip === undefined ? [] : [rtc.node_ip],
      hasUdp: !rtc.force_tcp,
      workerBin,
      autoCreateRooms: room.auto_create,
      room: {
        emptyTimeoutMs: room.empty_timeout * MS_PER_SECOND,
        departureTimeoutMs: room.departure_timeout * MS_PER_SECOND,
        maxParticipants: room.max_participants,
      },
      allowsRemoteUnmute: room.enable_remote_unmute,
      limits: limits(file.limit),
      ...webhook(file.webhook, apiKeys),
    },
  };
}

function readKeys({ keys, key_file: path }: FileConfig, { isDev, machine }: Context): Record<string, string> {
  const found = { ...(path === undefined ? {} : readKeyFile(path, machine)), ...keys };
  if (Object.keys(found).length === 0) throw invalid("keys: at least one API key is needed");
  const short = Object.entries(found).filter(([, secret]) => Buffer.byteLength(secret) < MIN_SECRET_BYTES);
  if (short.length > 0 && !isDev) {
    const names = short.map(([key]) => key).join(", ");
    throw invalid(`keys: the secret of ${names} has fewer than ${MIN_SECRET_BYTES} bytes`);
  }
  return found;
}

function readKeyFile(path: string, machine: Machine): Record<string, string> {
  const { text, mode } = machine.readFile(path);
  if ((mode & OTHERS) !== 0) throw invalid(`key_file: ${path} must be closed to others (chmod o=)`);
  const entries = Object.entries(layerFromYaml(text, path)).map(([key, secret]) => [key, String(secret)]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** A port for each worker; as many workers as there are cores and ports. */
function mediaPorts({ rtc, worker }: FileConfig, cores: number) {
  const [first, last] = portRange(rtc) ?? [DEFAULT_MEDIA_PORT, Number.POSITIVE_INFINITY];
  if (last < first) throw invalid("rtc: the range of ports ends before it begins");
  const workers = worker.count ?? Math.min(cores, last - first + 1);
  if (workers > last - first + 1) throw invalid(`rtc.udp_port: ${workers} workers need as many ports`);
  if (rtc.force_tcp && rtc.tcp_port === 0) throw invalid("rtc: force_tcp needs a tcp_port");
  const tcp = rtc.tcp_port === undefined || rtc.tcp_port === first ? {} : { mediaTcpPort: rtc.tcp_port };
  return { mediaPort: first, workers, ...tcp };
}

function portRange({ udp_port: port, port_range_start: start, port_range_end: end }: FileConfig["rtc"]) {
  if (typeof port === "number") return [port, port] as const;
  if (port !== undefined) return port.split("-").map(Number) as [number, number];
  return start === undefined ? undefined : ([start, end ?? start] as const);
}

function limits(limit: FileConfig["limit"]): SfuLimits {
  const d = defaultLimits;
  return {
    rooms: limit.rooms ?? d.rooms,
    participants: limit.participants ?? d.participants,
    participantsPerRoom: limit.participants_per_room ?? d.participantsPerRoom,
    tracksPerParticipant: limit.tracks_per_participant ?? d.tracksPerParticipant,
    subscriptionsPerParticipant: limit.subscriptions_per_participant ?? d.subscriptionsPerParticipant,
    signalMessageBytes: limit.signal_message_size ?? d.signalMessageBytes,
    signalRequestsPerSecond: limit.signal_requests_per_second ?? d.signalRequestsPerSecond,
    apiBodyBytes: limit.api_body_size ?? d.apiBodyBytes,
    apiRequestsPerSecond: limit.api_requests_per_second ?? d.apiRequestsPerSecond,
    metadataBytes: limit.max_metadata_size ?? d.metadataBytes,
    attributesBytes: limit.max_attributes_size ?? d.attributesBytes,
    roomNameLength: limit.max_room_name_length ?? d.roomNameLength,
    identityLength: limit.max_participant_identity_length ?? d.identityLength,
    nameLength: limit.max_participant_name_length ?? d.nameLength,
  };
}

function webhook({ urls, api_key: key }: FileConfig["webhook"], apiKeys: Record<string, string>) {
  const apiKey = key ?? Object.keys(apiKeys)[0] ?? "";
  if (urls.length === 0) return {};
  if (!Object.hasOwn(apiKeys, apiKey)) throw invalid("webhook.api_key: none of the keys");
  return { webhook: { urls, apiKey } };
}

function invalid(message: string): SfuError {
  return new SfuError("config_invalid", message);
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { runProgram } from "../bootstrap/runProgram.mjs";
import { makeCertificate } from "./makeCertificate.mjs";
import { obtainPythonPackage } from "./pythonPackage.mjs";
import { answers, runPeer } from "./runPeer.mjs";

export const SYNAPSE_VERSION = "1.163.2";
const READY_LIMIT_MS = 60_000;
/** Higher than anything that a swarm on one machine does. */
const UNLIMITED = { per_second: 100_000, burst_count: 100_000 };

/**
 * The real Synapse in a virtual environment: the cached one, else from PyPI, which takes about a minute.
 *
 * @returns path of the environment's Python
 * @throws {Skip} without a usable Python
 */
export async function obtainSynapse(say) {
  return obtainPythonPackage({ name: "matrix-synapse", version: SYNAPSE_VERSION, folder: "synapse" }, say);
}

/**
 * The configuration: SQLite, loopback only, open registration, no limits on rates, and everything that calls need of
 * it: delayed events (MSC4140), sticky events (MSC4354), RTC transports (MSC4143), room summaries (MSC3266). JSON is YAML.
 *
 * @param options `port` of everything in plain HTTP; `tlsPort` of the federation API, which the authorisation service
 *   asks, and which is part of the server's name; `folder`; `serviceUrl` to announce; `secrets` by name
 */
export function synapseConfig({ port, tlsPort, folder, serviceUrl, secrets }) {
  const transport = { type: "livekit", livekit_service_url: serviceUrl };
  const listener = { type: "http", bind_addresses: ["127.0.0.1"] };
  return {
    server_name: `localhost:${tlsPort}`,
    public_baseurl: `http://localhost:${port}/`,
    listeners: [
      { ...listener, port, tls: false, resources: [{ names: ["client", "federation", "openid"] }] },
      { ...listener, port: tlsPort, tls: true, resources: [{ names: ["federation", "openid"] }] },
    ],
    tls_certificate_path: join(folder, "tls.pem"),
    tls_private_key_path: join(folder, "tls.key"),
    signing_key_path: join(folder, "signing.key"),
    media_store_path: join(folder, "media"),
    pid_file: join(folder, "homeserver.pid"),
    log_config: join(folder, "log.yaml"),
    database: { name: "sqlite3", args: { database: join(folder, "homeserver.db") } },
    report_stats: false,
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    ...secrets,
    enable_registration: true,
    enable_registration_without_verification: true,
    // Passwords of accounts that live for minutes: checking them must not be what is measured.
    bcrypt_rounds: 4,
    max_event_delay_duration: "24h",
    experimental_features: {
      msc3266_enabled: true,
      msc4143_enabled: true,
      msc4222_enabled: true,
      msc4354_enabled: true,
    },
    matrix_rtc: { transports: [transport] },
    extra_well_known_client_content: { "org.matrix.msc4143.rtc_foci": [transport] },
    ...unlimited(),
  };
}

function unlimited() {
  const simple = [
    "rc_message",
    "rc_registration",
    "rc_registration_token_validity",
    "rc_joins_per_room",
    "rc_admin_redaction",
    "rc_third_party_invite",
    "rc_delayed_event_mgmt",
    "rc_room_creation",
    "rc_media_create",
    "rc_key_requests",
    "rc_reports",
  ];
  return {
    ...Object.fromEntries(simple.map((name) => [name, UNLIMITED])),
    rc_login: { address: UNLIMITED, account: UNLIMITED, failed_attempts: UNLIMITED },
    rc_joins: { local: UNLIMITED, remote: UNLIMITED },
    rc_invites: { per_room: UNLIMITED, per_user: UNLIMITED, per_issuer: UNLIMITED },
    rc_presence: { per_user: UNLIMITED },
  };
}

const LOG_CONFIG = {
  version: 1,
  formatters: { plain: { format: "%(asctime)s %(levelname)s %(name)s %(message)s" } },
  handlers: { standard_error: { class: "logging.StreamHandler", formatter: "plain" } },
  root: { level: "WARNING", handlers: ["standard_error"] },
  disable_existing_loggers: false,
};

/**
 * Starts an empty Synapse.
 *
 * @param options `python`, `folder` for all it writes, `port` and `tlsPort` that are free, `serviceUrl`, `secrets`
 * @returns `{ url, serverName, certificate, pid, close() }`; `certificate` is the file of what it shows on `tlsPort`
 */
export async function startSynapse({ python, folder, port, tlsPort, serviceUrl, secrets }) {
  const config = join(folder, "homeserver.yaml");
  const { certificate } = await makeCertificate(python, folder);
  writeFileSync(join(folder, "log.yaml"), JSON.stringify(LOG_CONFIG));
  writeFileSync(config, JSON.stringify(synapseConfig({ port, tlsPort, folder, serviceUrl, secrets })), { mode: 0o600 });
  await runProgram(python, ["-m", "synapse.app.homeserver", "-c", config, "--generate-keys"]);
  const peer = await runPeer({
    name: "Synapse",
    command: python,
    args: ["-m", "synapse.app.homeserver", "-c", config],
    isReady: () => answers(`http://127.0.0.1:${port}/.well-known/matrix/client`, serviceUrl),
    limitMs: READY_LIMIT_MS,
  });
  return {
    ...peer,
    url: `http://localhost:${port}`,
    serverName: `localhost:${tlsPort}`,
    certificate,
  };
}

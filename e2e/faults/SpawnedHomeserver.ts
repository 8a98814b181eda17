import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../bin/conclave", import.meta.url));
const MAX_KEPT_CHARACTERS = 10_000;
const SESSION_NICENESS = "-10";

export interface HomeserverPlace {
  readonly port: number;
  readonly databasePath: string;
  /** Where clients reach it. */
  readonly publicUrl: string;
  readonly serverName: string;
  readonly livekitServiceUrl: string;
}

/** `conclave homeserver` as a process of its own, that can be killed and started again on the same port and data. */
export class SpawnedHomeserver {
  readonly url: string;
  readonly #environment: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;

  constructor(place: HomeserverPlace) {
    this.url = `http://127.0.0.1:${place.port}`;
    this.#environment = {
      HOMESERVER_PORT: String(place.port),
      HOMESERVER_NAME: place.serverName,
      HOMESERVER_PUBLIC_URL: place.publicUrl,
      HOMESERVER_DATABASE: place.databasePath,
      HOMESERVER_LIVEKIT_SERVICE_URLS: place.livekitServiceUrl,
    };
  }

  /** Resolves once it listens, with that instant by the wall clock. */
  async start(): Promise<number> {
    const env = { ...process.env, ...this.#environment };
    // A session of its own, as on a machine of its own: Linux shares processors out among sessions.
    const child = spawn(PROGRAM, ["homeserver"], { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    this.#process = child;
    if (child.pid !== undefined) preferSession(child.pid);
    return new Promise((resolve, reject) => {
      let output = "";
      child.once("exit", (code) => reject(new Error(`The homeserver ended with ${code}: ${output}`)));
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          output = (output + text).slice(-MAX_KEPT_CHARACTERS);
          if (output.includes("Listening")) resolve(Date.now());
        });
      }
    });
  }

  /** As the kernel would for want of memory: no handler runs. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}

/**
 * A homeserver shares its machine with no browsers. Here it does, and they take what they get: a start that needs a second
 * of a processor then takes eight, and the story would be about that. Does nothing where the system does not allow it.
 */
function preferSession(processId: number): void {
  try {
    writeFileSync(`/proc/${processId}/autogroup`, SESSION_NICENESS);
  } catch {
    // No such groups here.
  }
}

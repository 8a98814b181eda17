import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";

/** What a look at one thing found. A remedy means that something is wrong. */
export interface Finding {
  readonly name: string;
  readonly detail: string;
  readonly remedy?: string;
}

/** What the worker exits with when mediasoup did not start it: it can be loaded here. */
const WORKER_EXIT_CODE = 41;
/** A database and its log need little, but a full disk loses messages. */
const MIN_FREE_BYTES = 200_000_000;

/** Looks whether this Node runs the servers. */
export function probeNode(version: string): Finding {
  const isNew = Number(version.split(".")[0]) >= 24;
  return {
    name: "Node",
    detail: version,
    ...(isNew ? {} : { remedy: "run npm start once, which brings Node 24" }),
  };
}

/** Looks whether the media worker is there and can be loaded. */
export function probeWorker(path: string): Finding {
  const runs = path !== "" && spawnSync(path, [], { env: {}, stdio: "ignore" }).status === WORKER_EXIT_CODE;
  return {
    name: "media worker",
    detail: path || "none",
    ...(runs ? {} : { remedy: "run npm start once, or set MEDIASOUP_WORKER_BIN to a worker for this machine" }),
  };
}

/** Looks whether the web app is built. */
export function probeSite(indexPath: string): Finding {
  return {
    name: "web app",
    detail: dirname(indexPath),
    ...(existsSync(indexPath) ? {} : { remedy: "run npm run build" }),
  };
}

/** Looks whether the data folder, or the nearest folder above it that exists, can be written and has room. */
export function probeData(path: string): Finding {
  const finding = { name: "data folder", detail: path };
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    return { ...finding, remedy: "make it writable, or choose another with --data" };
  }
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize < MIN_FREE_BYTES ? { ...finding, remedy: "free some disk space" } : finding;
}

/** Looks whether a TCP port can be taken. */
export async function probePort(name: string, host: string, port: number): Promise<Finding> {
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once("error", (fault: NodeJS.ErrnoException) => resolve(fault.code ?? "unknown reason"));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
  const finding = { name, detail: `${host}:${port}` };
  if (code === undefined) return finding;
  const reason = code === "EADDRINUSE" ? "in use, perhaps by a Conclave that already runs" : code;
  return { ...finding, detail: `${finding.detail} (${reason})`, remedy: "choose another port or address" };
}

/** Looks whether browsers will let the page use camera and microphone at its address. */
export function probeSecureContext(publicUrl: string | undefined, host: string): Finding {
  const isLocal = ["127.0.0.1", "::1", "localhost"].includes(host);
  const isSecure = publicUrl === undefined ? isLocal : new URL(publicUrl).protocol === "https:";
  return {
    name: "secure context",
    detail: publicUrl ?? host,
    ...(isSecure
      ? {}
      : {
          remedy:
            "browsers allow camera and microphone on https and localhost only: put a TLS proxy before it and give --public-url",
        }),
  };
}

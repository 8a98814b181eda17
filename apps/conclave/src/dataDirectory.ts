import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { toHex } from "@conclave/kit";
import { z } from "zod";

import { StartError } from "./errors.ts";

const IDENTITY_FILE = "installation.json";
const DATABASE_FILE = "homeserver.sqlite";
const LEAVE_JOBS_FILE = "delegated-leaves.json";
const KEY_LENGTH_BYTES = 8;
const SECRET_LENGTH_BYTES = 32;
const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

const installationSchema = z.object({
  /** Part of every user id and room id in the database, so it can never change. */
  serverName: z.string().min(1),
  livekitKey: z.string().min(1),
  livekitSecret: z.string().min(SECRET_LENGTH_BYTES),
});

/** What makes two runs the same installation. */
export type Installation = z.output<typeof installationSchema>;

export interface DataDirectory extends Installation {
  readonly databasePath: string;
  /** Delayed leaves that clients handed over. */
  readonly leaveJobsPath: string;
}

interface DataDirectoryDeps {
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
}

/**
 * Opens the data folder, and makes it with a fresh installation in it where there is none.
 *
 * @param serverName name of a new installation; an existing one keeps its own
 * @throws {StartError} `data_unusable`
 */
export function openDataDirectory(deps: DataDirectoryDeps, path: string, serverName: string): DataDirectory {
  try {
    makeFolder(path);
    probeWriting(path);
  } catch (cause) {
    throw new StartError(
      "data_unusable",
      `The data folder ${path} cannot be written (${reason(cause)}): make it writable or choose another with --data.`,
      { cause },
    );
  }
  const installation = readInstallation(path) ?? makeInstallation(deps, path, serverName);
  return {
    ...installation,
    databasePath: join(path, DATABASE_FILE),
    leaveJobsPath: join(path, LEAVE_JOBS_FILE),
  };
}

/** Node's own recursion never ends below a folder that refuses new ones with ENOENT, such as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  mkdirSync(path, { mode: OWNER_ONLY_FOLDER });
}

function probeWriting(path: string): void {
  const probe = join(path, `.probe-${process.pid}`);
  writeFileSync(probe, "", { mode: OWNER_ONLY_FILE });
  rmSync(probe);
}

function readInstallation(path: string): Installation | undefined {
  const file = join(path, IDENTITY_FILE);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw damaged(file, cause);
  }
  try {
    const installation = installationSchema.parse(JSON.parse(text));
    chmodSync(file, OWNER_ONLY_FILE);
    return installation;
  } catch (cause) {
    throw damaged(file, cause);
  }
}

function damaged(file: string, cause: unknown): StartError {
  return new StartError(
    "data_unusable",
    `The file ${file} cannot be read: restore it from a backup, or start with a new folder through --data.`,
    { cause },
  );
}

function makeInstallation(deps: DataDirectoryDeps, path: string, serverName: string): Installation {
  const installation: Installation = {
    serverName,
    livekitKey: `conclave-${toHex(deps.randomBytes(KEY_LENGTH_BYTES))}`,
    livekitSecret: toHex(deps.randomBytes(SECRET_LENGTH_BYTES)),
  };
  const file = join(path, IDENTITY_FILE);
  // Written aside and renamed: a run that is killed here must not leave half a file.
  writeFileSync(`${file}.new`, `${JSON.stringify(installation, null, 2)}\n`, { mode: OWNER_ONLY_FILE });
  renameSync(`${file}.new`, file);
  return installation;
}

function reason(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? "unknown reason";
}

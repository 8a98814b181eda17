import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

import { checkScenario, readScenario } from "./readScenario.ts";
import type { ReadOptions } from "./readScenario.ts";
import type { Scenario } from "./scenario.ts";
import { ScenarioError } from "./ScenarioError.ts";

const READY_MADE = fileURLToPath(new URL("../../scenarios/", import.meta.url));
const SUFFIX = ".yaml";
/** Without a scenario and without `--people`: enough to show something on one machine. */
const FIRST_TRY = {
  name: "swarm",
  people: { protocol: 48, browser: 2 },
  talk: { activity: 0.4 },
  senders: "when_all_are_in",
  media: { audioFrameMs: 60, fps: 10 },
} as const;

/**
 * Reads a ready-made scenario by its name, or a file by its path; without either the flags alone are the scenario.
 *
 * @param source a name, or a path: it has a slash or ends in `.yaml` or `.yml`
 * @throws {ScenarioError} `bad_scenario`
 */
export async function loadScenario(
  source: string | undefined,
  options: Omit<ReadOptions, "source"> = {},
): Promise<Scenario> {
  if (source === undefined) {
    const countsPeople = options.flags?.some((flag) => flag.path.join(".") === "people");
    return checkScenario(countsPeople ? { name: FIRST_TRY.name } : FIRST_TRY, options);
  }
  const isPath = source.includes("/") || source.includes("\\") || /\.ya?ml$/.test(source);
  const path = isPath ? source : await findReadyMade(source);
  return readScenario(await readText(path), { ...options, source: basename(path) });
}

/** The ready-made scenarios by name. */
export async function listScenarios(): Promise<Scenario[]> {
  const names = await readyMadeNames();
  return Promise.all(names.map((name) => loadScenario(name)));
}

async function readyMadeNames(): Promise<string[]> {
  const files = await readdir(READY_MADE);
  return files
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

async function findReadyMade(name: string): Promise<string> {
  const names = await readyMadeNames();
  if (names.includes(name)) return `${READY_MADE}${name}${SUFFIX}`;
  throw unreadable(
    `There is no scenario "${name}"; ready-made are ${names.join(", ")}; a file's name ends in ${SUFFIX}.`,
  );
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw unreadable(`The scenario file ${path} cannot be read (${codeOf(cause)}).`, cause);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}

function unreadable(sentence: string, cause?: unknown): ScenarioError {
  return new ScenarioError("bad_scenario", [{ path: "", sentence }], cause);
}

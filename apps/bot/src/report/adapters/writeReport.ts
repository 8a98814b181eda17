import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { BotSample } from "../../model.ts";
import { ReportError } from "../errors.ts";
import { renderReport } from "../page/renderReport.ts";
import { parseSwarmReport, type SwarmReport } from "../swarmReport.ts";
import { readSamples as readSampleFiles, writeSamples } from "./sampleFiles.ts";

const REPORT_FILE = "report.json";
const PAGE_FILE = "report.html";
/** What browsers saw. */
const SAMPLES_FOLDER = "samples";

export interface WrittenReport {
  readonly json: string;
  readonly html: string;
  readonly samples: string;
}

/** Makes the folder and writes `report.json` and `report.html` into it, each at once or not at all, and `samples/`. */
export async function writeReport(
  folder: string,
  report: SwarmReport,
  samples: readonly BotSample[] = [],
): Promise<WrittenReport> {
  const written = {
    json: join(folder, REPORT_FILE),
    html: join(folder, PAGE_FILE),
    samples: join(folder, SAMPLES_FOLDER),
  };
  await mkdir(written.samples, { recursive: true });
  await replaceFile(written.json, `${JSON.stringify(report)}\n`);
  await replaceFile(written.html, renderReport(report, samples));
  await writeSamples(written.samples, samples);
  return written;
}

/** What browsers saw, of a folder that `writeReport` made; empty if there is nothing. */
export function readSamples(folder: string): Promise<readonly BotSample[]> {
  return readSampleFiles(join(folder, SAMPLES_FOLDER));
}

/**
 * Reads `report.json` of a folder that `writeReport` made.
 *
 * @throws {ReportError} `bad_report`, `other_version`; the message begins with the folder
 */
export async function readReport(folder: string): Promise<SwarmReport> {
  const text = await readFile(join(folder, REPORT_FILE), "utf8").catch((cause: unknown) => {
    throw new ReportError("bad_report", `${folder}: there is no ${REPORT_FILE} that can be read.`, { cause });
  });
  try {
    return parseSwarmReport(text);
  } catch (cause) {
    if (!(cause instanceof ReportError)) throw cause;
    throw new ReportError(cause.code, `${folder}: ${cause.message}`, { cause });
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}

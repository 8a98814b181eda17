import { spawnSync } from "node:child_process";

import { obtainPythonPackage } from "./pythonPackage.mjs";
import { Skip } from "./Skip.mjs";

export const LIVEKIT_PYTHON_VERSION = "1.2.1";

/**
 * LiveKit's Python SDK in a virtual environment: the cached one, else from PyPI.
 *
 * @returns path of the environment's Python
 * @throws {Skip} without a usable Python, or where its native library does not load
 */
export async function obtainLivekitPython(say) {
  const wanted = { name: "livekit", version: LIVEKIT_PYTHON_VERSION, folder: "livekit-python" };
  const python = await obtainPythonPackage(wanted, say);
  const { status, stderr } = spawnSync(python, ["-c", "from livekit import rtc; rtc.Room"], { encoding: "utf8" });
  if (status === 0) return python;
  throw new Skip(`LiveKit's Python SDK does not load here: ${stderr.trim().split("\n").at(-1)}`);
}

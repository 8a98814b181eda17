import { exitWith } from "../bootstrap/Remedy.mjs";
import { obtainLivekitPython } from "./livekitPython.mjs";
import { Skip } from "./Skip.mjs";

/** `node infra/peers/livekitPythonMain.mjs`: one line of JSON says where the Python with LiveKit's SDK is. */
try {
  const python = await obtainLivekitPython((detail) => process.stderr.write(`LiveKit for Python: ${detail}\n`));
  process.stdout.write(`${JSON.stringify({ python })}\n`);
} catch (fault) {
  if (!(fault instanceof Skip)) exitWith(fault);
  process.stderr.write(`SKIPPED: ${fault.message}\n`);
  process.exit(3);
}

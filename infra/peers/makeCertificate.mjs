import { join } from "node:path";

import { runProgram } from "../bootstrap/runProgram.mjs";

/**
 * Makes a certificate for localhost.
 *
 * @param python Synapse's, which has the library for it
 * @returns paths of `certificate` and `key`, both PEM, in the folder
 */
export async function makeCertificate(python, folder) {
  await runProgram(python, [new URL("makeCertificate.py", import.meta.url).pathname, folder]);
  return { certificate: join(folder, "tls.pem"), key: join(folder, "tls.key") };
}

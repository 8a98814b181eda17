/** The set-up cannot go on; the message is one sentence for a person and names the remedy. */
export class Remedy extends Error {
  name = "Remedy";
}

/** Ends the program with the sentence of a Remedy; any other fault is a defect and keeps its stack. */
export function exitWith(fault) {
  if (!(fault instanceof Remedy)) throw fault;
  process.stderr.write(`\n${fault.message}\n`);
  process.exit(1);
}

import { listScenarios, totalPeople } from "../scenario/index.ts";

/** Prints the ready-made scenarios. */
export async function printScenarios(): Promise<number> {
  for (const { about, name, people } of await listScenarios()) {
    process.stdout.write(`${name.padEnd(18)} ${String(totalPeople(people)).padStart(4)} people  ${about ?? ""}\n`);
  }
  return 0;
}

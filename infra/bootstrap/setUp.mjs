import { obtainWorker } from "../worker/obtainWorker.mjs";
import { buildWeb } from "./buildWeb.mjs";
import { findChromium } from "./findChromium.mjs";
import { installTools, installWorkspace } from "./installTools.mjs";
import { step } from "./progress.mjs";
import { Remedy } from "./Remedy.mjs";

const OLDEST_NODE_MAJOR = 20;

/** Every step, in the order in which they depend on each other. */
const STEPS = {
  tools: ["Node and pnpm", installTools],
  workspace: ["workspace", installWorkspace],
  worker: ["media worker", obtainWorker],
  web: ["web app", buildWeb],
  chromium: ["Chromium", findChromium],
};

const NEEDS = {
  start: ["tools", "workspace", "worker", "web"],
  test: ["tools", "workspace", "worker", "web", "chromium"],
  check: ["tools", "workspace", "web"],
  build: ["tools", "workspace", "web"],
  dev: ["tools", "workspace", "worker"],
  "test:unit": ["tools", "workspace", "worker", "chromium"],
  "test:browser": ["tools", "workspace", "chromium"],
  e2e: ["tools", "workspace", "worker", "web", "chromium"],
  "test:peers": ["tools", "workspace", "worker", "web", "chromium"],
  swarm: ["tools", "workspace", "worker", "web", "chromium"],
  bench: ["tools", "workspace", "worker", "web", "chromium"],
};

/** The steps that a command needs, in order. */
export function stepsFor(command) {
  const steps = Object.hasOwn(NEEDS, command) ? NEEDS[command] : undefined;
  if (!steps) throw new Remedy(`There is no command "${command}": use one of ${Object.keys(NEEDS).join(", ")}.`);
  return steps;
}

/** Does what is missing for a command; returns what the steps found, by name. */
export async function setUp(command) {
  if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE_MAJOR) {
    throw new Remedy(`Node ${process.versions.node} is too old: install Node ${OLDEST_NODE_MAJOR} or newer.`);
  }
  const results = {};
  for (const name of stepsFor(command)) {
    const [title, run] = STEPS[name];
    results[name] = await step(title, run);
  }
  return results;
}

const TICK_MS = 1000;

/** `4.2 s`, `3 min 05 s`. */
export function formatDuration(durationMs) {
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/**
 * Runs a step under its name and says how long it took.
 *
 * `run` gets `say(detail)` for what it is doing now: shown live on a terminal, and once per new detail elsewhere.
 */
export async function step(name, run) {
  const { stderr } = process;
  const startedMs = Date.now();
  let detail = "";
  const line = (mark) => `${mark} ${name.padEnd(24)} ${formatDuration(Date.now() - startedMs)}`;
  const draw = () => stderr.write(`\r\x1b[K${line("·")}  ${detail.slice(0, 60)}`);
  const timer = stderr.isTTY ? setInterval(draw, TICK_MS) : undefined;
  const say = (text) => {
    if (text === detail) return;
    detail = text;
    if (stderr.isTTY) draw();
    else stderr.write(`· ${name}: ${text}\n`);
  };
  try {
    const result = await run(say);
    stderr.write(`${stderr.isTTY ? "\r\x1b[K" : ""}${line("✓")}  ${typeof result === "string" ? result : ""}\n`);
    return result;
  } catch (fault) {
    stderr.write(`${stderr.isTTY ? "\r\x1b[K" : ""}${line("✗")}\n`);
    throw fault;
  } finally {
    clearInterval(timer);
  }
}

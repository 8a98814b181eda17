/** The first Ctrl-C ends the run in order, a second one at once. @returns stops listening */
export function onInterrupt(interrupt: () => void): () => void {
  let count = 0;
  const listener = (): void => {
    count += 1;
    if (count > 1) process.exit(130);
    process.stderr.write("\nEnding: everybody leaves, and the report is written. Ctrl-C again ends at once.\n");
    interrupt();
  };
  process.on("SIGINT", listener);
  process.on("SIGTERM", listener);
  return () => {
    process.off("SIGINT", listener);
    process.off("SIGTERM", listener);
  };
}

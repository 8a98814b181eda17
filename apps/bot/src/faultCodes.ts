import { CodedError } from "@conclave/kit";

const MAX_CAUSES = 5;

/** The code that a report names a fault by. */
export function codeOf(fault: unknown): string {
  return fault instanceof CodedError ? fault.code : "internal";
}

/** What lies beneath a coded error, as codes: messages may name people. */
export function evidenceOf(fault: unknown): string {
  const causes: string[] = [];
  for (let cause = fault; cause instanceof Error && causes.length < MAX_CAUSES; cause = cause.cause) {
    causes.push(cause instanceof CodedError ? cause.code : cause.name);
  }
  return causes.join(", from ") || "unknown";
}

import { CodedError } from "@conclave/kit";

/** Why a swarm could not run; the message is one sentence for the person. */
export class SwarmError extends CodedError<"host_failed" | "interrupted" | "bad_time" | "no_folder"> {}

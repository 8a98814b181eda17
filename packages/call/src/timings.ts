/** The marks of a join; see `Call.timings`. */
export type TimingMark = "click" | "granted" | "signalled" | "announced" | "first_key" | "first_frame";

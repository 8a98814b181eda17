import { NO_FRAMES, type FrameCounts, type KeyState, type StreamReport } from "../model.ts";
import type { PageTotals } from "./adapters/page/CallWatch.ts";
import type { ContentTotal, EngineTotal, StreamTotal } from "./adapters/page/totals.ts";
import { personOf } from "./devices/personOf.ts";
import type { Person } from "./devices/Person.ts";

/** The bot behind a user id; the name is what the user claims. */
export type NumberOf = (userId: string, displayName: string) => number | undefined;

/** As far may a channel of the mean colour be off: a codec keeps flat colours within 3, and no two bots are as near. */
const COLOUR_TOLERANCE = 20;
const PEAK = 255;
/** A picture without any error would have an infinite ratio. */
const PERFECT_PSNR_DB = 100;
/** Tones are told to the nearest 50 Hz. */
const TONE_TOLERANCE_HZ = 25;
const STRETCH = 0.02;
/** So large a share of pictures or windows may be a decoder's own doing: a change of size, packets that came late. */
const BLEMISHES = 0.01;
/** Nor is it the sender's doing if a starved playout drags a tone once: a quarter of a second is the least that is seen. */
const DRAGGED_WINDOWS = 3;

/**
 * What a browser received of each bot. Counts of content: pictures that were shown and looked at (video), or windows of
 * 85 ms, looked at ten times a second (audio). Counts of failures: frames, as the frame crypto of the app counts them.
 *
 * - `good`: the sender's person and colour, or its tone
 * - `spoiled`: pictures that cannot be read or are of a wrong colour, or another tone for a quarter of a second and more;
 *   up to one in a hundred, or a single quarter of a second of sound, counts as missing instead
 * - `foreign`: readable pictures of another person
 * - `missing`: frame numbers that were skipped (what the sender's camera or encoder left out counts too), or windows
 *   of silence or of something short between those with a tone
 *
 * Several pages of one bot are added up. Users who are no bot are left out, and so are videos for which there was no
 * room on the screen.
 */
export function toStreamReports(pages: readonly PageTotals[], numberOf: NumberOf): readonly StreamReport[] {
  const reports = new Map<string, StreamReport>();
  for (const { streams, engine } of pages) {
    for (const stream of streams) {
      const from = numberOf(stream.userId, stream.displayName);
      if (from === undefined || !stream.wasShown) continue;
      const report = toStreamReport(stream, from, engine);
      const key = `${from} ${stream.kind}`;
      const known = reports.get(key);
      reports.set(key, known ? merge(known, report) : report);
    }
  }
  return [...reports.values()];
}

function toStreamReport(stream: StreamTotal, from: number, engine: readonly EngineTotal[]): StreamReport {
  const person = personOf(from);
  const right = stream.contents.filter((content) => isRight(content, person));
  const wrong = stream.contents.filter((content) => !isRight(content, person));
  const source = stream.kind === "audio" ? "microphone" : "camera";
  const identities = stream.deviceIds.map((deviceId) => `${source} ${stream.userId}:${deviceId}`);
  const frames = engine.filter(({ direction, ownerId }) => direction === "receive" && identities.includes(ownerId));
  const psnrDb = stream.kind === "video" ? psnrOf(right, person) : undefined;
  const toneHz = stream.contents.toSorted((a, b) => b.count - a.count)[0]?.toneHz;
  return {
    from,
    kind: stream.kind,
    signalledAtMs: stream.signalledAtMs,
    counts: { ...countsOf(stream, { right, wrong, person }), ...failuresOf(frames) },
    keyState: stream.keyState,
    longestGapMs: Math.max(0, ...right.map(({ longestGapMs }) => longestGapMs)),
    ...instants({
      firstKeyAtMs: stream.firstKeyAtMs,
      firstPacketAtMs: earliest(frames.map(({ firstAtMs }) => firstAtMs)),
      lastPacketAtMs: latest(frames.map(({ lastAtMs }) => lastAtMs)),
      firstDecryptedAtMs: earliest(right.map(({ firstAtMs }) => firstAtMs)),
      lastDecryptedAtMs: latest(right.map(({ lastAtMs }) => lastAtMs)),
    }),
    ...(psnrDb === undefined ? {} : { psnrDb }),
    ...(toneHz === undefined ? {} : { toneHz }),
  };
}

function isRight(content: ContentTotal, person: Person): boolean {
  if (content.toneHz !== undefined) return Math.abs(content.toneHz - person.toneHz) <= toneToleranceHz(person);
  return content.person === person.id && colourErrorOf(content, person) <= COLOUR_TOLERANCE;
}

/** A playing track is stretched and squeezed where packets come late, which moves a tone by about a fiftieth. */
function toneToleranceHz({ toneHz }: Person): number {
  return TONE_TOLERANCE_HZ + toneHz * STRETCH;
}

/** The largest error of a channel of the mean colour. */
function colourErrorOf({ sums, pixels }: ContentTotal, { colour }: Person): number {
  return Math.max(...colour.map((value, channel) => Math.abs(sums[channel]! / Math.max(1, pixels) - value)));
}

interface Sorted {
  readonly right: readonly ContentTotal[];
  readonly wrong: readonly ContentTotal[];
  readonly person: Person;
}

function countsOf(
  { kind, silent, unreadable }: StreamTotal,
  { right, wrong, person }: Sorted,
): Pick<FrameCounts, "good" | "spoiled" | "foreign" | "missing"> {
  // A tone that is not the sender's may be anybody's or nobody's; a person's number in a picture is no accident.
  const foreign = kind === "video" ? wrong.filter((content) => content.person !== person.id) : [];
  const good = sum(right.map(({ count }) => count));
  const bad = sum(wrong.filter((content) => !foreign.includes(content)).map(({ count }) => count)) + unreadable;
  const isBlemish = bad <= Math.max(good * BLEMISHES, kind === "audio" && good > 0 ? DRAGGED_WINDOWS : 0);
  return {
    good,
    foreign: sum(foreign.map(({ count }) => count)),
    spoiled: isBlemish ? 0 : bad,
    missing: (kind === "audio" ? silent : sum(right.map(({ missing }) => missing))) + (isBlemish ? bad : 0),
  };
}

function failuresOf(engine: readonly EngineTotal[]): Omit<FrameCounts, "good" | "spoiled" | "foreign" | "missing"> {
  const count = (outcome: string): number => sum(engine.map(({ counts }) => counts[outcome] ?? 0));
  return {
    missingKey: count("missing_key"),
    authFailed: count("auth_failed"),
    malformed: count("malformed"),
    replayed: count("replayed"),
    plaintext: count("passthrough"),
  };
}

/** Over the measured parts of all right pictures: the middle of the coloured part and the middles of the cells. */
function psnrOf(right: readonly ContentTotal[], { colour }: Person): number | undefined {
  const samples = sum(right.map(({ pixels, stripSamples }) => pixels * 3 + stripSamples));
  if (samples === 0) return undefined;
  const squaredError = sum(
    right.map(({ pixels, squares, stripError, sums }) =>
      colour.reduce(
        (error, value, channel) => error + squares[channel]! - 2 * value * sums[channel]! + pixels * value * value,
        stripError,
      ),
    ),
  );
  if (squaredError <= 0) return PERFECT_PSNR_DB;
  return Math.min(PERFECT_PSNR_DB, 10 * Math.log10((PEAK * PEAK * samples) / squaredError));
}

/** Of the same sender's track, seen by two pages: the second one is the later one. */
function merge(first: StreamReport, second: StreamReport): StreamReport {
  const psnrDb = lowest(first.psnrDb, second.psnrDb);
  const toneHz = second.toneHz ?? first.toneHz;
  const outcomes = Object.keys(NO_FRAMES) as (keyof typeof NO_FRAMES)[];
  const counts = outcomes.map((outcome) => [outcome, (first.counts[outcome] ?? 0) + (second.counts[outcome] ?? 0)]);
  return {
    ...first,
    ...second,
    counts: { ...NO_FRAMES, ...Object.fromEntries(counts) },
    keyState: later(first.keyState, second.keyState),
    longestGapMs: Math.max(first.longestGapMs, second.longestGapMs),
    ...instants({
      signalledAtMs: earliest([first.signalledAtMs, second.signalledAtMs]),
      firstPacketAtMs: earliest([first.firstPacketAtMs, second.firstPacketAtMs]),
      firstKeyAtMs: earliest([first.firstKeyAtMs, second.firstKeyAtMs]),
      firstDecryptedAtMs: earliest([first.firstDecryptedAtMs, second.firstDecryptedAtMs]),
      lastDecryptedAtMs: latest([first.lastDecryptedAtMs, second.lastDecryptedAtMs]),
      lastPacketAtMs: latest([first.lastPacketAtMs, second.lastPacketAtMs]),
    }),
    ...(psnrDb === undefined ? {} : { psnrDb }),
    ...(toneHz === undefined ? {} : { toneHz }),
  };
}

function later(first: KeyState, second: KeyState): KeyState {
  return second === "none" ? first : second;
}

/** Leaves out what has not come to pass. */
function instants<Name extends string>(all: Readonly<Record<Name, number | undefined>>): Partial<Record<Name, number>> {
  return Object.fromEntries(Object.entries(all).filter(([, atMs]) => atMs !== undefined)) as Partial<
    Record<Name, number>
  >;
}

function earliest(instants: readonly (number | undefined)[]): number | undefined {
  const known = instants.filter((atMs) => atMs !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function latest(instants: readonly (number | undefined)[]): number | undefined {
  const known = instants.filter((atMs) => atMs !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function lowest(first: number | undefined, second: number | undefined): number | undefined {
  return earliest([first, second]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

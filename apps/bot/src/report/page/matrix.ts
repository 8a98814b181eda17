import type { MediaKind } from "@conclave/frame-crypto";

import type { Cause } from "../causes.ts";
import type { PairVerdict } from "../judgePairs.ts";
import { groupBy } from "../groupBy.ts";
import { isDecrypted } from "../judgePairs.ts";
import { counted, formatCount, nameBots, nameKinds } from "../words.ts";
import { type Markup, markup } from "./markup.ts";
import type { View } from "./view.ts";

/** More receivers than this are not drawn; those with faults come first. */
const MAX_ROWS = 400;
/** Above this many cells only faulty ones carry a tooltip, so that the file stays small. */
const MAX_TOLD_CELLS = 8000;
const PAGE_WIDTH = 1100;
const LABEL_WIDTH = 34;
const HEAD_HEIGHT = 34;
const GROUP_GAP = 10;
const BLOCK_GAP = 28;
const MIN_BLOCK_ROWS = 20;
const MIN_CELL_WIDTH = 17;
const MAX_CELL_WIDTH = 30;

type Look = "g" | "w" | "k" | "n" | "x";

const LOOKS: Readonly<Record<PairVerdict["verdict"], Look>> = {
  good: "g",
  late: "w",
  gaps: "w",
  no_key: "k",
  wrong_key: "k",
  auth_failed: "k",
  no_packets: "n",
  not_announced: "n",
  not_signalled: "n",
  plaintext: "x",
  foreign: "x",
  spoiled: "x",
  replayed: "x",
};

const LEGEND: readonly (readonly [Look | "o", string])[] = [
  ["g", "decrypted"],
  ["w", "decrypted, but late or with holes"],
  ["k", "came, but could not be decrypted"],
  ["n", "never came, or stopped coming"],
  ["x", "readable by others, foreign, spoiled or twice"],
  ["o", "not expected"],
];

const VERDICTS: Readonly<Record<Cause | "good", string>> = {
  good: "decrypted",
  plaintext: "arrived without encryption",
  foreign: "made by another bot",
  spoiled: "content is not what was sent",
  auth_failed: "frames failed authentication",
  wrong_key: "the key opened nothing",
  no_key: "a key was missing",
  replayed: "frames came twice",
  no_packets: "packets did not come",
  not_announced: "not announced by the SFU",
  not_signalled: "sender never seen",
  late: "decrypted too late",
  gaps: "decrypted with holes",
};

interface Column {
  readonly sender: number;
  readonly kind: MediaKind;
  readonly x: number;
}

interface Layout {
  readonly columns: readonly Column[];
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly width: number;
  readonly blockRows: number;
  readonly isTold: boolean;
}

/** Who decrypted whom: a row for each receiver, a column for each sender's track. */
export function renderMatrix(view: View): Markup {
  const { pairs } = view.judgement;
  if (pairs.length === 0) {
    return markup`<section><h2>Who decrypted whom</h2><p class="empty">Nobody sent anything for long enough, so nothing was expected.</p></section>`;
  }
  const rows = orderRows(pairs);
  const layout = layOut(pairs, rows.length);
  const shown = rows.slice(0, MAX_ROWS);
  const blocks = chunk(shown, layout.blockRows).map((block) => markup`<div>${renderBlock(view, block, layout)}</div>`);
  return markup`<section><h2>Who decrypted whom</h2>
<p class="note">A row is a receiver, a column is what one bot sent. ${rows.length > MAX_ROWS && `Of ${formatCount(rows.length)} receivers the ${MAX_ROWS} with most faults are drawn. `}Point at a cell, or tap it, to read it.</p>
<ul class="legend">${LEGEND.map(([look, words]) => markup`<li><svg width="18" height="12" aria-hidden="true">${renderCell(look, { x: 1, y: 1, width: 16, height: 10 })}</svg>${words}</li>`)}</ul>
<div class="blocks" id="matrix">${blocks}</div>
<p class="readout" id="readout" aria-live="polite">${summary(pairs)}</p>
${renderTable(pairs)}</section>`;
}

type Row = readonly [receiver: number, verdicts: readonly PairVerdict[]];

function orderRows(pairs: readonly PairVerdict[]): Row[] {
  const rows = [...groupBy(pairs, ({ receiver }) => receiver)].toSorted(([a], [b]) => a - b);
  if (rows.length <= MAX_ROWS) return rows;
  const faults = ([, verdicts]: Row): number => verdicts.filter((pair) => !isDecrypted(pair)).length;
  return rows.toSorted((a, b) => faults(b) - faults(a));
}

function layOut(pairs: readonly PairVerdict[], rowCount: number): Layout {
  const tracks = groupBy(pairs, ({ kind }) => kind);
  const sendersOf = (kind: MediaKind): number[] =>
    [...new Set((tracks.get(kind) ?? []).map(({ sender }) => sender))].toSorted((a, b) => a - b);
  const [audio, video] = [sendersOf("audio"), sendersOf("video")];
  const count = audio.length + video.length;
  const gap = audio.length > 0 && video.length > 0 ? GROUP_GAP : 0;
  const { cellWidth, blocks } = fit(count, Math.min(rowCount, MAX_ROWS), LABEL_WIDTH + gap);
  const videoStart = LABEL_WIDTH + audio.length * cellWidth + gap;
  const columns = [
    ...audio.map((sender, index) => ({ sender, kind: "audio" as const, x: LABEL_WIDTH + index * cellWidth })),
    ...video.map((sender, index) => ({ sender, kind: "video" as const, x: videoStart + index * cellWidth })),
  ];
  return {
    columns,
    cellWidth,
    cellHeight: cellWidth >= MIN_CELL_WIDTH ? 13 : 9,
    width: videoStart + video.length * cellWidth,
    blockRows: Math.ceil(Math.min(rowCount, MAX_ROWS) / blocks),
    isTold: pairs.length <= MAX_TOLD_CELLS,
  };
}

/** As many blocks of rows side by side as fit, and cells as wide as that leaves room for. */
function fit(
  columns: number,
  rows: number,
  besideWidth: number,
): { readonly cellWidth: number; readonly blocks: number } {
  const narrowest = columns <= 26 ? MIN_CELL_WIDTH : columns <= 60 ? 12 : 6;
  const fitting = Math.floor((PAGE_WIDTH + BLOCK_GAP) / (besideWidth + columns * narrowest + BLOCK_GAP));
  const blocks = Math.max(1, Math.min(fitting, Math.ceil(rows / MIN_BLOCK_ROWS)));
  const room = (PAGE_WIDTH - BLOCK_GAP * (blocks - 1)) / blocks - besideWidth;
  return { cellWidth: Math.max(narrowest, Math.min(MAX_CELL_WIDTH, Math.floor(room / columns))), blocks };
}

function renderBlock(view: View, rows: readonly Row[], layout: Layout): Markup {
  const height = HEAD_HEIGHT + rows.length * layout.cellHeight + 2;
  const first = rows[0]?.[0] ?? 0;
  const last = rows.at(-1)?.[0] ?? 0;
  return markup`<svg class="${layout.columns.length <= 26 && "fits"}" width="${layout.width}" height="${height}" viewBox="0 0 ${layout.width} ${height}" role="img" aria-label="Receivers ${first} to ${last}; the table below says the same">${renderHead(layout)}${rows.map((row, index) => renderRow(view, row, { layout, y: HEAD_HEIGHT + index * layout.cellHeight }))}</svg>`;
}

function renderHead({ columns, cellWidth }: Layout): Markup {
  const step = cellWidth >= MIN_CELL_WIDTH ? 1 : cellWidth >= 12 ? 2 : 5;
  const groups = groupBy(columns, ({ kind }) => kind);
  const titles = [...groups].map(
    ([kind, [first]]) =>
      markup`<text class="strong" x="${first?.x ?? 0}" y="11">${kind === "audio" ? "Sound" : "Picture"}</text>`,
  );
  const numbers = [...groups.values()].flatMap((group) =>
    group
      .filter((_, index) => index % step === 0)
      .map(({ sender, x }) => markup`<text class="mid small" x="${x + cellWidth / 2}" y="28">${sender}</text>`),
  );
  return markup`${titles}${numbers}`;
}

function renderRow(
  view: View,
  [receiver, verdicts]: Row,
  { layout, y }: { readonly layout: Layout; readonly y: number },
): Markup {
  const byTrack = new Map(verdicts.map((pair) => [`${pair.sender} ${pair.kind}`, pair]));
  const cells = layout.columns.map(({ sender, kind, x }) => {
    const pair = byTrack.get(`${sender} ${kind}`);
    const box = { x: x + 0.5, y: y + 0.5, width: layout.cellWidth - 1.5, height: layout.cellHeight - 1.5 };
    if (pair === undefined) return renderCell("o", box);
    const isTold = layout.isTold || pair.verdict !== "good";
    return renderCell(LOOKS[pair.verdict], box, isTold ? tellCell(view, pair) : undefined);
  });
  return markup`<text class="end small" x="${LABEL_WIDTH - 6}" y="${y + layout.cellHeight / 2 + 3}">${receiver}</text>${cells}`;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Colour says the kind of fault, and so does the mark in it. */
function renderCell(look: Look | "o", { x, y, width, height }: Box, title?: string): Markup {
  const told = title !== undefined && markup`<title>${title}</title>`;
  if (look === "o") {
    return markup`<rect class="o" x="${x + width / 2 - 1.5}" y="${y + height / 2 - 1.5}" width="3" height="3" rx="1.5"/>`;
  }
  const [middleX, middleY, r] = [x + width / 2, y + height / 2, Math.min(width, height) / 2 - 2.2];
  const marks: Readonly<Record<Look, Markup | false>> = {
    g: false,
    w: markup`<path class="mark dark" d="M${middleX - r} ${middleY}h${2 * r}"/>`,
    k: markup`<path class="mark" d="M${middleX - r} ${middleY - r}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}"/>`,
    n: markup`<path class="mark line" d="M${middleX - r} ${middleY + r}l${2 * r} ${-2 * r}"/>`,
    x: markup`<path class="mark" d="M${middleX} ${middleY - r - 0.6}v${r + 1.4}m0 1.2v1.2"/>`,
  };
  return markup`<rect class="${look}" x="${x}" y="${y}" width="${width}" height="${height}" rx="2">${told}</rect>${marks[look]}`;
}

function tellCell({ swarm }: View, pair: PairVerdict): string {
  const stream = swarm.stream(pair.receiver, pair.sender, pair.kind);
  const frames = stream === undefined ? "" : ` (${counted(stream.counts.good, "good frame")})`;
  const track = `Bot ${pair.receiver} and bot ${pair.sender}'s ${nameKinds([pair.kind])}: ${VERDICTS[pair.verdict]}${frames}.`;
  return pair.sentence === undefined ? track : `${track} ${pair.sentence}`;
}

function summary(pairs: readonly PairVerdict[]): string {
  const bad = pairs.filter((pair) => !isDecrypted(pair)).length;
  return bad === 0
    ? `All ${counted(pairs.length, "cell")} are decrypted.`
    : `${counted(bad, "cell")} of ${formatCount(pairs.length)} not decrypted.`;
}

function renderTable(pairs: readonly PairVerdict[]): Markup {
  const rows = orderRows(pairs)
    .slice(0, MAX_ROWS)
    .map(([receiver, verdicts]) => {
      const lacking = groupBy(
        verdicts.filter(({ verdict }) => verdict !== "good"),
        ({ verdict }) => verdict,
      );
      const told = [...lacking].map(
        ([verdict, group]) => `${nameBots([...new Set(group.map(({ sender }) => sender))])}: ${VERDICTS[verdict]}`,
      );
      const good = verdicts.filter(isDecrypted).length;
      return markup`<tr><th scope="row">Bot ${receiver}</th><td class="num">${good} of ${verdicts.length}</td><td>${told.length === 0 ? "nothing" : told.join("; ")}</td></tr>`;
    });
  return markup`<details><summary>The same as a table</summary><div class="scroll"><table><thead><tr><th scope="col">Receiver</th><th scope="col" class="num">Decrypted</th><th scope="col">What was wrong</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

import { CallWatch } from "./CallWatch.ts";
import { EngineTotals } from "./EngineTotals.ts";
import { ExtraScreens } from "./ExtraScreens.ts";
import { OwnMedia } from "./OwnMedia.ts";
import { PageObserver } from "./PageObserver.ts";
import { PeerBytes } from "./PeerBytes.ts";
import { PictureReader } from "./PictureReader.ts";
import { StreamTotals } from "./StreamTotals.ts";
import { ToneReader } from "./ToneReader.ts";

/** Samples of a window for single readings (6 Hz fine) and for continuous ones (85 ms long, 12 Hz fine). */
const FINE_WINDOW = 8_192;
const SHORT_WINDOW = 4_096;

/** Gives pages `window.observer`, which reads what they show at the moment of the question. */
export function observerScript(): string {
  return `
    const PictureReader = ${String(PictureReader)};
    const ToneReader = ${String(ToneReader)};
    const PageObserver = ${String(PageObserver)};
    window.observer = new PageObserver(new PictureReader(), new ToneReader(${FINE_WINDOW}));`;
}

/** Gives pages `window.callWatch`, which watches all the time; goes after `observerScript`. */
export function callWatchScript(colours: readonly (readonly number[])[]): string {
  return `
    const EngineTotals = ${String(EngineTotals)};
    const engine = new EngineTotals();
    EngineTotals.watchWorkers((report) => engine.note(report, Date.now()));
    const PeerBytes = ${String(PeerBytes)};
    const bytes = new PeerBytes();
    PeerBytes.watchPeers((peer) => bytes.add(peer));
    window.callWatch = new (${String(CallWatch)})({
      observer: window.observer,
      pictures: new PictureReader(),
      tones: new ToneReader(${SHORT_WINDOW}),
      streams: new (${String(StreamTotals)})(${JSON.stringify(colours)}),
      extra: new (${String(ExtraScreens)})(),
      own: new (${String(OwnMedia)})(),
      engine,
      bytes,
    });`;
}

/** One simulcast or spatial layer as the publisher announced it. */
export interface LayerSize {
  readonly width: number;
  readonly height: number;
}

/** What a subscriber says about how it shows a video. */
export interface WantedSize {
  /** Device pixels; 0 when unknown. */
  readonly width: number;
  readonly height: number;
  /** 0 low, 1 medium, 2 high: counts when the size is unknown. */
  readonly quality: number;
  /** Frames a second; 0 when all are wanted. */
  readonly fps: number;
}

const HIGHEST_TEMPORAL = 2;
/** Two temporal layers halve the rate twice: 7.5, 15 and 30 frames a second. */
const TEMPORAL_STEPS_FPS = [8, 16] as const;

/**
 * Chooses the smallest layer that covers the tile it is shown in, or the one of the wanted quality.
 *
 * @returns the spatial layer, 0 the smallest
 */
export function chooseLayers(
  layers: readonly LayerSize[],
  wanted: WantedSize,
): { readonly spatial: number; readonly temporal: number } {
  const sorted = [...layers].sort((a, b) => a.width * a.height - b.width * b.height);
  const highest = Math.max(0, sorted.length - 1);
  const temporal = wanted.fps === 0 ? HIGHEST_TEMPORAL : TEMPORAL_STEPS_FPS.filter((fps) => wanted.fps > fps).length;
  if (wanted.width === 0 || wanted.height === 0) return { spatial: Math.min(wanted.quality, highest), temporal };
  const covering = sorted.findIndex(({ width, height }) => covers({ width, height }, wanted));
  return { spatial: covering === -1 ? highest : covering, temporal };
}

/** A portrait camera in a landscape tile is cropped, so the orientation is not compared. */
function covers(layer: LayerSize, wanted: LayerSize): boolean {
  const longer = Math.max(layer.width, layer.height) >= Math.max(wanted.width, wanted.height);
  return longer && Math.min(layer.width, layer.height) >= Math.min(wanted.width, wanted.height);
}

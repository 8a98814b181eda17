import type { Scope } from "@conclave/kit";

const FFT_SIZE = 512;
/** Speech at a normal distance reaches about this; shown as a full meter. */
const FULL_SCALE_RMS = 0.18;
const FALL_PER_FRAME = 0.86;

/** Tells the loudness of a track, 0 to 1, once per picture frame until the scope ends. */
export function watchSoundLevel(track: MediaStreamTrack, scope: Scope, onLevel: (level: number) => void): void {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = new AnalyserNode(context, { fftSize: FFT_SIZE, smoothingTimeConstant: 0 });
  source.connect(analyser);

  const samples = new Float32Array(FFT_SIZE);
  let level = 0;
  let request = requestAnimationFrame(function measure() {
    analyser.getFloatTimeDomainData(samples);
    level = Math.max(loudness(samples), level * FALL_PER_FRAME);
    onLevel(level);
    request = requestAnimationFrame(measure);
  });
  scope.onEnd(async () => {
    cancelAnimationFrame(request);
    await context.close();
  });
}

function loudness(samples: Float32Array): number {
  const sum = samples.reduce((total, sample) => total + sample * sample, 0);
  return Math.min(1, Math.sqrt(sum / samples.length) / FULL_SCALE_RMS);
}

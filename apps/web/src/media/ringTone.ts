/** Two notes and a long pause, over and over. */
const PERIOD_S = 3;
const NOTES = [
  { atS: 0, frequencyHz: 659.26 },
  { atS: 0.22, frequencyHz: 880 },
];
/** Quiet: about 26 dB below full scale. */
const LOUDNESS = 0.05;
const ATTACK_S = 0.012;
const DECAY_S = 0.16;
/** So much later a note is not to be heard any more, and ends. */
const NOTE_S = 0.9;

/** One period of the tone that rings. It begins and ends in silence, so that it can be looped without a click. */
export function ringSamples(sampleRateHz: number): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(Math.round(PERIOD_S * sampleRateHz));
  for (const { atS, frequencyHz } of NOTES) {
    const first = Math.round(atS * sampleRateHz);
    const count = Math.round(NOTE_S * sampleRateHz);
    for (let index = 0; index < count; index++) {
      const timeS = index / sampleRateHz;
      const sample = LOUDNESS * loudnessAt(timeS) * Math.sin(2 * Math.PI * frequencyHz * timeS);
      samples[first + index] = (samples[first + index] ?? 0) + sample;
    }
  }
  return samples;
}

/** Rises fast and fades, and is nothing at both ends. */
function loudnessAt(timeS: number): number {
  const rise = Math.min(1, timeS / ATTACK_S);
  const fade = Math.exp(-timeS / DECAY_S) - Math.exp(-NOTE_S / DECAY_S);
  return rise * Math.max(0, fade);
}

/**
 * Rings until it is stopped. A page that nobody has touched yet may not make a sound; then it is silent.
 *
 * @returns stops it
 */
export function playRingTone(): () => void {
  const context = new AudioContext();
  const samples = ringSamples(context.sampleRate);
  const buffer = context.createBuffer(1, samples.length, context.sampleRate);
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer, loop: true });
  source.connect(context.destination);
  source.start();
  context.resume().catch(() => {});
  return () => {
    source.stop();
    context.close().catch(() => {});
  };
}

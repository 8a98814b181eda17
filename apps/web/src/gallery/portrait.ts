const WIDTH = 640;
const HEIGHT = 360;

/** A still video track that looks a little like a person, for pictures of the pages. */
export function portraitTrack(hue: number): MediaStreamTrack {
  return paintedTrack((canvas) => {
    const light = canvas.createRadialGradient(WIDTH / 2, HEIGHT * 1.1, 0, WIDTH / 2, HEIGHT, WIDTH * 0.7);
    light.addColorStop(0, `oklch(0.47 0.09 ${hue})`);
    light.addColorStop(0.55, `oklch(0.31 0.05 ${hue})`);
    light.addColorStop(1, `oklch(0.22 0.03 ${hue})`);
    canvas.fillStyle = light;
    canvas.fillRect(0, 0, WIDTH, HEIGHT);
    canvas.fillStyle = `oklch(0.6 0.08 ${hue + 12})`;
    canvas.beginPath();
    canvas.ellipse(WIDTH / 2, HEIGHT * 1.02, WIDTH * 0.19, HEIGHT * 0.42, 0, 0, Math.PI * 2);
    canvas.fill();
    canvas.fillStyle = `oklch(0.77 0.05 ${hue - 10})`;
    canvas.beginPath();
    canvas.ellipse(WIDTH / 2, HEIGHT * 0.4, HEIGHT * 0.145, HEIGHT * 0.175, 0, 0, Math.PI * 2);
    canvas.fill();
  });
}

/** A still picture of a shared document. */
export function slideTrack(): MediaStreamTrack {
  return paintedTrack((canvas) => {
    canvas.fillStyle = "oklch(0.985 0.003 90)";
    canvas.fillRect(0, 0, WIDTH, HEIGHT);
    canvas.fillStyle = "oklch(0.25 0.02 265)";
    canvas.font = "600 26px Inter Variable, sans-serif";
    canvas.fillText("Release plan, week 48", 44, 66);
    canvas.fillStyle = "oklch(0.88 0.01 265)";
    for (const [row, width] of [520, 470, 500, 300, 430, 480, 210].entries())
      canvas.fillRect(44, 100 + row * 32, width, 8);
  });
}

function paintedTrack(paint: (canvas: CanvasRenderingContext2D) => void): MediaStreamTrack {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("No canvas in this browser");
  const stream = canvas.captureStream(5);
  // A captured canvas sends frames only when something is drawn.
  requestAnimationFrame(function repaint() {
    paint(context);
    requestAnimationFrame(repaint);
  });
  const [track] = stream.getVideoTracks();
  if (track === undefined) throw new Error("The canvas gave no track");
  return track;
}

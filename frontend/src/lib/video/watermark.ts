/** Who looks, when, and under which right, written over a picture: the same lines on the screen and in a snapshot's own pixels. */

/** Where each line is written, in the picture's pixels. */
export interface Writing {
  readonly size: number;
  readonly slant: number;
  readonly at: readonly (readonly [x: number, y: number])[];
}

/** Of the shorter side. */
const SIZE = 0.035;
const SMALLEST = 11;
const SLANT = -0.35;

/** Lines slanted over the whole picture, so that no part of it that is cut out is without one. `width` is that of one line at size 1. */
export function writing(picture: { width: number; height: number }, width: number): Writing {
  const { width: across, height: down } = picture;
  const size = Math.max(SMALLEST, Math.round(Math.min(across, down) * SIZE));
  const [wide, high] = [width * size + 4 * size, 6 * size];
  // The rows of a slanted field, as wide as the picture's diagonal, around its middle.
  const reach = Math.hypot(across, down) / 2;
  const at: [number, number][] = [];
  for (let row = 0, y = -reach; y < reach; row += 1, y += high) {
    for (let x = -reach - (row % 2) * (wide / 2); x < reach; x += wide) at.push([x, y]);
  }
  return { size, slant: SLANT, at };
}

/** Write over what a canvas shows. */
export function draw(pen: CanvasRenderingContext2D, line: string): void {
  const { width, height } = pen.canvas;
  pen.save();
  pen.font = "600 100px system-ui, sans-serif";
  const { size, slant, at } = writing({ width, height }, pen.measureText(line).width / 100);
  pen.font = `600 ${size}px system-ui, sans-serif`;
  pen.translate(width / 2, height / 2);
  pen.rotate(slant);
  // Light with a dark edge: legible on snow and at night.
  pen.fillStyle = "rgb(255 255 255 / 32%)";
  pen.strokeStyle = "rgb(0 0 0 / 32%)";
  pen.lineWidth = Math.max(1, size / 12);
  for (const [x, y] of at) {
    pen.strokeText(line, x, y);
    pen.fillText(line, x, y);
  }
  pen.restore();
}

/** The picture as it is now, with the lines in its pixels; null where there is none to take. */
export async function snapshot(video: HTMLVideoElement, line: string): Promise<Blob | null> {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0 || videoHeight === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = videoWidth;
  canvas.height = videoHeight;
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  pen.drawImage(video, 0, 0);
  draw(pen, line);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

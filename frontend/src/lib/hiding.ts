/** Hiding parts of a photo: rectangles in fractions of its sides, each made of coarse blocks of one colour, so that nothing of it is left. */

/** Left, top, width, height, in fractions of the photo's width and height. */
export type Area = readonly [number, number, number, number];

/** The same in points of the picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Points as a canvas gives them: red, green, blue, alpha. */
export interface Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

export const MOST = 20;
/** Smaller than that hides nothing, and no finger takes hold of it. */
const LEAST = 0.01;
const DECIMALS = 4;
/** The server's own figures (lib/hiding.py): two blocks across leave colours and no shape, and their colours are rounded. */
const BLOCKS = 2;
const LEAST_BLOCK = 24;
const TONE = 16;
/** What canvases of phones can hold. */
const LONGEST = 4096;
const QUALITY = 0.85;

function rounded(value: number): number {
  return Number(value.toFixed(DECIMALS));
}

function between(least: number, value: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** The area that lies inside the photo, of the same size as far as there is room. */
export function fitted([x, y, width, height]: Area): Area {
  const [wide, high] = [rounded(between(LEAST, width, 1)), rounded(between(LEAST, height, 1))];
  return [rounded(between(0, x, 1 - wide)), rounded(between(0, y, 1 - high)), wide, high];
}

/** The rectangle between two points, cut at the photo's edges. */
export function spanned(from: readonly [number, number], to: readonly [number, number]): Area {
  const [x1, x2] = [from[0], to[0]].map((each) => between(0, each, 1)).sort((one, other) => one - other);
  const [y1, y2] = [from[1], to[1]].map((each) => between(0, each, 1)).sort((one, other) => one - other);
  return fitted([x1 ?? 0, y1 ?? 0, (x2 ?? 0) - (x1 ?? 0), (y2 ?? 0) - (y1 ?? 0)]);
}

export function moved([x, y, width, height]: Area, right: number, down: number): Area {
  return fitted([x + right, y + down, width, height]);
}

/** Wider and higher at the right and at the bottom, no further than the photo. */
export function stretched([x, y, width, height]: Area, wider: number, higher: number): Area {
  return fitted([x, y, between(LEAST, width + wider, 1 - x), between(LEAST, height + higher, 1 - y)]);
}

/** So many times as large around its own middle. */
export function scaled([x, y, width, height]: Area, times: number): Area {
  const [wide, high] = [Math.min(width * times, 1), Math.min(height * times, 1)];
  return fitted([x + (width - wide) / 2, y + (height - high) / 2, wide, high]);
}

/** What a field holds: `[[x,y,w,h],…]`; anything else in it is left out. */
export function readAreas(text: string): Area[] {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return [];
  }
  return Array.isArray(given) ? given.filter(isArea).map(fitted).slice(0, MOST) : [];
}

function isArea(given: unknown): given is Area {
  return Array.isArray(given) && given.length === 4 && given.every((each) => Number.isFinite(each));
}

export function writeAreas(areas: readonly Area[]): string {
  return JSON.stringify(areas);
}

/** The points of the picture that an area touches, whole ones: what is half in is in. */
export function boxOf([x, y, width, height]: Area, wide: number, high: number): Box {
  const [left, top] = [Math.floor(x * wide), Math.floor(y * high)];
  const [right, bottom] = [Math.ceil((x + width) * wide), Math.ceil((y + height) * high)];
  return { x: left, y: top, width: Math.min(right, wide) - left, height: Math.min(bottom, high) - top };
}

/** The blocks of a box, that cover it and nothing else; none is smaller than the least, unless the box is. */
export function blocksOf(box: Box): Box[] {
  const side = Math.max(LEAST_BLOCK, Math.ceil(Math.min(box.width, box.height) / BLOCKS));
  const [columns, rows] = [box.width, box.height].map((each) => Math.max(1, Math.floor(each / side))) as [
    number,
    number,
  ];
  const edge = (from: number, length: number, at: number, parts: number) => from + Math.round((length * at) / parts);
  const blocks: Box[] = [];
  for (let row = 0; row < rows; row++) {
    const [top, bottom] = [edge(box.y, box.height, row, rows), edge(box.y, box.height, row + 1, rows)];
    for (let column = 0; column < columns; column++) {
      const left = edge(box.x, box.width, column, columns);
      const right = edge(box.x, box.width, column + 1, columns);
      blocks.push({ x: left, y: top, width: right - left, height: bottom - top });
    }
  }
  return blocks;
}

/** About the mean colour of a block, as a style sheet writes it. */
export function meanOf({ data, width }: Pixels, block: Box): string {
  const sums = [0, 0, 0];
  for (let y = block.y; y < block.y + block.height; y++) {
    for (let x = block.x; x < block.x + block.width; x++) {
      const at = (y * width + x) * 4;
      for (let channel = 0; channel < 3; channel++) sums[channel]! += data[at + channel] ?? 0;
    }
  }
  const points = Math.max(1, block.width * block.height);
  return `rgb(${sums.map((sum) => Math.min(TONE * Math.round(sum / points / TONE), 255)).join(" ")})`;
}

/** Sides of a picture no longer than what a phone's canvas holds, in the same proportion. */
export function sized(width: number, height: number, longest: number = LONGEST): readonly [number, number] {
  const scale = Math.min(1, longest / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** Draw the areas over the picture that the canvas shows; `whole` says its points as they were. */
export function paint(pen: CanvasRenderingContext2D, whole: Pixels, areas: readonly Area[]): void {
  for (const area of areas) {
    for (const block of blocksOf(boxOf(area, whole.width, whole.height))) {
      pen.fillStyle = meanOf(whole, block);
      pen.fillRect(block.x, block.y, block.width, block.height);
    }
  }
}

/** The photo with these areas hidden, as a JPEG that holds nothing else (no place, no date); rejects what the browser can't read. */
export async function hideOn(blob: Blob, areas: readonly Area[]): Promise<Blob> {
  const bitmap = await createImageBitmap(blob);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = sized(bitmap.width, bitmap.height);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("this browser draws nothing");
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  paint(pen, pen.getImageData(0, 0, canvas.width, canvas.height), areas);
  return await new Promise((resolve, reject) => {
    const made = (found: Blob | null) => (found ? resolve(found) : reject(new Error("this browser writes no JPEG")));
    canvas.toBlob(made, "image/jpeg", QUALITY);
  });
}

/** Photos drawn and made smaller by the phone itself: on a canvas, since the content policy shows no picture of nobody's address. */
import { LONGEST_SIDE, type Link, within, worthShrinking } from "../../lib/reports/shrinking";

const SHOWN = 320;
const QUALITY = 0.85;

async function drawn(blob: Blob, canvas: HTMLCanvasElement, side: number): Promise<void> {
  const bitmap = await createImageBitmap(blob);
  try {
    const { width, height } = within(bitmap.width, bitmap.height, side);
    Object.assign(canvas, { width, height });
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, width, height);
  } finally {
    bitmap.close();
  }
}

/** Whether the browser can read it: one that can't is sent all the same, the server may. */
export async function show(blob: Blob, canvas: HTMLCanvasElement): Promise<boolean> {
  return drawn(blob, canvas, SHOWN).then(
    () => true,
    () => false,
  );
}

/** The photo as it is kept and sent. */
export async function kept(file: File): Promise<Blob> {
  const { connection } = navigator as Navigator & { readonly connection?: Link };
  if (!worthShrinking(file.size, connection)) return file;
  try {
    const canvas = document.createElement("canvas");
    await drawn(file, canvas, LONGEST_SIDE);
    const smaller = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return smaller && smaller.size < file.size ? smaller : file;
  } catch {
    return file;
  }
}

/** The photo as it will be: drawn on a canvas at the size it is worked on, what is hidden as blocks over it. */
import { type Area, type Pixels, paint, sized } from "../../lib/hiding";

/** As large as the server keeps photos. */
const LONGEST = 2048;

export class Picture {
  private readonly pen: CanvasRenderingContext2D;
  private whole: Pixels | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    if (!pen) throw new Error("this browser draws nothing");
    this.pen = pen;
  }

  /** Throws when the browser lets nobody read the photo. */
  take(source: CanvasImageSource, width: number, height: number): void {
    const [wide, high] = sized(width, height, LONGEST);
    Object.assign(this.canvas, { width: wide, height: high });
    this.pen.drawImage(source, 0, 0, wide, high);
    this.whole = this.pen.getImageData(0, 0, wide, high);
  }

  draw(areas: readonly Area[]): void {
    if (!this.whole) return;
    this.pen.putImageData(this.whole as ImageData, 0, 0);
    paint(this.pen, this.whole, areas);
  }
}

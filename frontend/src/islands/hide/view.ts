/** How near one is to the photo: its board grows in a frame that keeps its size. */
import type { Point } from "./hands";

const ZOOMS = [1, 2, 4] as const;
const NEAREST = 6;

export class View {
  zoom = 1;

  constructor(
    private readonly frame: HTMLElement,
    private readonly board: HTMLElement,
    private readonly told: (zoom: number) => void,
  ) {}

  /** Twice as near, four times, whole again. */
  next(): void {
    this.nearer(ZOOMS.find((each) => each > this.zoom + 0.01) ?? 1);
  }

  /** Two fingers, so many times as far apart, around a point of the window, moved by so many pixels. */
  pinch(times: number, around: Point, by: Point): void {
    this.nearer(Math.min(Math.max(this.zoom * times, 1), NEAREST), around);
    this.frame.scrollLeft -= by[0];
    this.frame.scrollTop -= by[1];
  }

  /** So many times as large, around a point of the window or the middle of the frame. */
  nearer(zoom: number, around?: Point): void {
    const frame = this.frame.getBoundingClientRect();
    const [x, y] = around ?? [frame.left + frame.width / 2, frame.top + frame.height / 2];
    const before = this.board.getBoundingClientRect();
    const [right, down] = [(x - before.left) / before.width, (y - before.top) / before.height];
    this.zoom = zoom;
    // The room of the frame stays as it is: what is larger than it is moved within it.
    this.frame.style.blockSize = zoom > 1 ? `${frame.height}px` : "";
    this.board.style.setProperty("--zoom", String(zoom));
    const after = this.board.getBoundingClientRect();
    this.frame.scrollLeft += after.left + right * after.width - x;
    this.frame.scrollTop += after.top + down * after.height - y;
    // What scrolls is reached by the keyboard.
    if (zoom > 1) this.frame.tabIndex = 0;
    else this.frame.removeAttribute("tabindex");
    this.told(zoom);
  }

  /** The middle of what is seen of the photo, in fractions of it. */
  middle(): Point {
    const [box, frame] = [this.board.getBoundingClientRect(), this.frame.getBoundingClientRect()];
    const [top, bottom] = [Math.max(frame.top, 0), Math.min(frame.bottom, innerHeight)];
    return [(frame.left + frame.width / 2 - box.left) / box.width, ((top + bottom) / 2 - box.top) / box.height];
  }
}

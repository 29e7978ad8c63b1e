/** Fingers and mouse on the photo: one draws, moves or pulls a corner, two come nearer; a press without a move is a press. */

export type Point = readonly [number, number];

export interface Grip {
  /** What the gesture began on: nothing, an area, a corner of one. */
  readonly on: "photo" | "area" | "start" | "end";
  readonly area: number | null;
  readonly from: Point;
}

export interface Acts {
  begins(grip: Grip): void;
  /** In fractions of the photo; `to` is where the finger is, `grip.from` where it was. */
  drags(grip: Grip, to: Point): void;
  drops(grip: Grip, to: Point): void;
  presses(grip: Grip): void;
  /** Another finger came, or the system took the gesture: what it did is undone. */
  breaks(): void;
  /** Two fingers: so many times as far apart as when they came, around that point of the window, moved by so many pixels. */
  pinches(times: number, middle: Point, moved: Point): void;
}

/** Within that a finger was still, in pixels. */
const STILL = 6;

export class Hands {
  private readonly fingers = new Map<number, Point>();
  private grip: Grip | null = null;
  private began: Point = [0, 0];
  private dragging = false;
  private apart = 0;
  private middle: Point = [0, 0];

  constructor(
    private readonly board: HTMLElement,
    private readonly acts: Acts,
  ) {
    board.addEventListener("pointerdown", (event) => this.down(event));
    board.addEventListener("pointermove", (event) => this.move(event));
    board.addEventListener("pointerup", (event) => this.up(event));
    board.addEventListener("pointercancel", (event) => this.leave(event));
    // A press that the browser makes of a key is the keyboard's affair; one of a finger was ours already.
    board.addEventListener("dragstart", (event) => event.preventDefault());
  }

  /** Where that is on the photo, in fractions; beyond its edges too. */
  private place(event: PointerEvent): Point {
    const box = this.board.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    this.board.setPointerCapture(event.pointerId);
    if (this.fingers.size === 2) return this.pinch();
    if (this.fingers.size > 2) return;
    const at = event.target instanceof Element ? event.target : null;
    const row = at?.closest<HTMLElement>("[data-area]");
    const corner = at?.closest<HTMLElement>("[data-corner]")?.dataset.corner;
    const on = corner === "start" || corner === "end" ? corner : row ? "area" : "photo";
    this.grip = { on, area: row ? Number(row.dataset.area) : null, from: this.place(event) };
    this.began = [event.clientX, event.clientY];
    this.dragging = false;
  }

  private move(event: PointerEvent): void {
    if (!this.fingers.has(event.pointerId)) return;
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (this.fingers.size === 2) return this.spread();
    if (!this.grip) return;
    if (!this.dragging && Math.hypot(event.clientX - this.began[0], event.clientY - this.began[1]) < STILL) return;
    if (!this.dragging) this.acts.begins(this.grip);
    this.dragging = true;
    this.acts.drags(this.grip, this.place(event));
  }

  private up(event: PointerEvent): void {
    const grip = this.grip;
    if (!this.fingers.delete(event.pointerId) || !grip) return;
    this.grip = null;
    if (this.dragging) this.acts.drops(grip, this.place(event));
    else this.acts.presses(grip);
    this.dragging = false;
  }

  private leave(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    this.give();
  }

  private give(): void {
    if (this.dragging) this.acts.breaks();
    this.grip = null;
    this.dragging = false;
  }

  private pinch(): void {
    this.give();
    [this.apart, this.middle] = this.measured();
  }

  private spread(): void {
    const [apart, middle] = this.measured();
    const moved: Point = [middle[0] - this.middle[0], middle[1] - this.middle[1]];
    this.acts.pinches(apart / Math.max(1, this.apart), middle, moved);
    [this.apart, this.middle] = [apart, middle];
  }

  private measured(): [number, Point] {
    const [one = [0, 0], other = [0, 0]] = [...this.fingers.values()];
    const middle: Point = [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
    return [Math.hypot(one[0] - other[0], one[1] - other[1]), middle];
  }
}

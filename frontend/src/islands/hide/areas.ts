/** What is hidden on one photo, which of it is chosen, and the way back. */
import { type Area, MOST, fitted } from "../../lib/hiding";

export class Areas {
  private areas: readonly Area[];
  private readonly before: (readonly Area[])[] = [];
  /** What the last step was: many presses of one arrow are one step. */
  private step = "";
  chosen: number | null = null;

  constructor(areas: readonly Area[]) {
    this.areas = areas;
  }

  get all(): readonly Area[] {
    return this.areas;
  }

  get full(): boolean {
    return this.areas.length >= MOST;
  }

  get changed(): boolean {
    return this.before.length > 0;
  }

  at(index: number | null): Area | undefined {
    return index === null ? undefined : this.areas[index];
  }

  /** Returns whether there was room. */
  add(area: Area): boolean {
    if (this.full) return false;
    this.write([...this.areas, fitted(area)], "");
    this.chosen = this.areas.length - 1;
    return true;
  }

  /** `step` names presses that belong together; without one each is a step of its own. */
  change(index: number, area: Area, step = ""): void {
    this.write(
      this.areas.map((each, at) => (at === index ? fitted(area) : each)),
      step && `${step} ${index}`,
    );
  }

  remove(index: number): void {
    this.write(
      this.areas.filter((_area, at) => at !== index),
      "",
    );
    this.chosen = this.areas.length > 0 ? Math.min(index, this.areas.length - 1) : null;
  }

  undo(): boolean {
    const former = this.before.pop();
    if (!former) return false;
    this.areas = former;
    this.step = "";
    if (this.chosen !== null && this.chosen >= former.length)
      this.chosen = former.length > 0 ? former.length - 1 : null;
    return true;
  }

  private write(areas: readonly Area[], step: string): void {
    if (step === "" || step !== this.step) this.before.push(this.areas);
    this.step = step;
    this.areas = areas;
  }
}

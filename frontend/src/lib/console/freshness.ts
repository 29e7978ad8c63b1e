/** Whether what is on the screen is what is: the server says something at least every few seconds, if only that nothing has changed. */

export const STALE_AFTER = 10_000;
/** A connection that says nothing for so long is given up and made again. */
export const LOST_AFTER = 20_000;

export class Freshness {
  private last: number;
  private opened: number;

  constructor(now: number) {
    this.last = now;
    this.opened = now;
  }

  /** Something came. */
  heard(now: number): void {
    this.last = now;
  }

  /** A connection was made again: it is given its time before it counts as lost. */
  reopened(now: number): void {
    this.opened = now;
  }

  get news(): number {
    return this.last;
  }

  stale(now: number): boolean {
    return now - this.last > STALE_AFTER;
  }

  lost(now: number): boolean {
    return now - Math.max(this.last, this.opened) > LOST_AFTER;
  }
}

/** The server's clock, on a machine whose own may be wrong, and how long is left by it. */

/** Moments are milliseconds since 1970. `ticks` never jumps (`performance.now`). */
export class ServerClock {
  private ahead: number;
  private doubt = Number.POSITIVE_INFINITY;

  constructor(
    said: number,
    private readonly ticks: () => number,
  ) {
    this.ahead = said - ticks();
  }

  now(): number {
    return this.ahead + this.ticks();
  }

  /** An answer to what was asked at that tick: it was said somewhere between. The answer that came soonest is believed. */
  heard(said: number, asked: number): void {
    const doubt = (this.ticks() - asked) / 2;
    if (doubt > this.doubt + 1000) return;
    this.doubt = Math.min(doubt, this.doubt);
    this.ahead = said - (asked + doubt);
  }
}

/** "2:05:09" from an hour on, else "4:09": seconds left, rounded up so that nothing is over before it reads 0:00. Empty for what doesn't run yet. */
export function left(milliseconds: number): string {
  if (milliseconds === Number.POSITIVE_INFINITY) return "";
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (number: number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Which of these moments (seconds left) was passed between the two: what is said aloud, and no more often than that. */
export function passed(marks: readonly number[], before: number, now: number): number | null {
  return marks.find((mark) => before > mark * 1000 && now <= mark * 1000) ?? null;
}

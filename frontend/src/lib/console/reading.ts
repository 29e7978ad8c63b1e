/** Reading everything afresh: one reading at a time, however many ask for it, and again until one succeeds. */

/** From the beginning of a reading to that of the next, and after one that failed. */
export const AGAIN_AFTER = 3_000;

export interface Reader<T> {
  /** Everything as it is now; null when that could not be read. */
  read(): Promise<T | null>;
  /** A reading begins: what comes from elsewhere meanwhile may be newer than what it finds. */
  begins(): void;
  found(told: T): void;
  failed(): void;
}

export class Reading<T> {
  private reading = false;
  private began = -Infinity;
  private wantedAt = Infinity;

  constructor(
    private readonly reader: Reader<T>,
    private readonly clock: () => number,
  ) {}

  /** Read afresh, at once unless one has just begun; `after`: so long after that one, for what can wait. */
  want(after = AGAIN_AFTER): void {
    this.wantedAt = Math.min(this.wantedAt, this.began + Math.max(after, AGAIN_AFTER));
    this.tick();
  }

  /** Called every second or so. */
  tick(): void {
    if (!this.reading && this.clock() >= this.wantedAt) void this.run();
  }

  private async run(): Promise<void> {
    this.reading = true;
    this.wantedAt = Infinity;
    this.began = this.clock();
    this.reader.begins();
    const told = await this.reader.read();
    this.reading = false;
    if (told !== null) return this.reader.found(told);
    this.wantedAt = this.clock() + AGAIN_AFTER;
    this.reader.failed();
  }
}

/** How long something has lasted, in the reader's language and short enough for a list: "45 s", "32 min", "3 h 05". */

export class Lapse {
  private readonly second: Intl.NumberFormat;
  private readonly minute: Intl.NumberFormat;
  private readonly hour: Intl.NumberFormat;
  private readonly day: Intl.NumberFormat;

  constructor(language: string) {
    const unit = (name: string) =>
      new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: 0 });
    this.second = unit("second");
    this.minute = unit("minute");
    this.hour = unit("hour");
    this.day = unit("day");
  }

  /** From `now` (milliseconds) to a moment that is to come; empty once it is there. */
  until(moment: string, now: number): string {
    const end = Date.parse(moment);
    return Number.isNaN(end) || end <= now ? "" : this.since(new Date(now).toISOString(), end);
  }

  /** From a moment (ISO 8601) to `now` (milliseconds); empty when there is no such moment, none for one that is to come. */
  since(moment: string, now: number): string {
    const start = Date.parse(moment);
    if (Number.isNaN(start)) return "";
    const seconds = Math.max(0, Math.floor((now - start) / 1000));
    if (seconds < 60) return this.second.format(seconds);
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return this.minute.format(minutes);
    const hours = Math.floor(minutes / 60);
    if (hours >= 48) return this.day.format(Math.floor(hours / 24));
    const rest = minutes % 60;
    return rest ? `${this.hour.format(hours)} ${this.minute.format(rest)}` : this.hour.format(hours);
  }
}

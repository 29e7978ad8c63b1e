/** Times and days as the town's clocks show them, wherever the screen's own clock is set, in the page's language. */
export class Moments {
  private readonly clock: Intl.DateTimeFormat;
  private readonly exact: Intl.DateTimeFormat;
  private readonly date: Intl.DateTimeFormat;
  private readonly whole: Intl.DateTimeFormat;
  private readonly stamped: Intl.DateTimeFormat;

  constructor(language: string, timeZone: string) {
    const locale = language === "en" ? "en-GB" : language; // the day before the month, twenty-four hours
    this.clock = new Intl.DateTimeFormat(locale, { timeZone, hour: "2-digit", minute: "2-digit" });
    this.exact = new Intl.DateTimeFormat(locale, { timeZone, timeStyle: "medium" });
    this.date = new Intl.DateTimeFormat(locale, { timeZone, day: "numeric", month: "short" });
    this.stamped = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: "short", timeStyle: "medium" });
    this.whole = new Intl.DateTimeFormat(locale, { timeZone, weekday: "long", day: "numeric", month: "long" });
  }

  /** The day, month and year in figures, and the time to the second: what is written over a picture. */
  stamp(moment: Date): string {
    return this.stamped.format(moment);
  }

  /** Hours, minutes and seconds. */
  precisely(moment: Date): string {
    return this.exact.format(moment);
  }

  /** The day of the week, the day and the month. */
  day(moment: Date): string {
    return this.whole.format(moment);
  }

  /** Hours and minutes, after the day when it isn't today's. */
  shortly(moment: Date, now: Date): string {
    const day = this.date.format(moment);
    return day === this.date.format(now) ? this.clock.format(moment) : `${day} ${this.clock.format(moment)}`;
  }
}

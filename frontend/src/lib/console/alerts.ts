/** The queue of alerts: those that are not over, in the order in which somebody should look at them, and which one is chosen. */

export type Urgency = "routine" | "prompt" | "immediate";
export type AlertState = "live" | "taken" | "ended";

export interface Alert {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly urgency: Urgency;
  readonly state: AlertState;
  readonly since: string;
  readonly raised: string;
  readonly takenAt: string;
  readonly ended: string;
  readonly where: string;
  readonly at: readonly [number, number] | null;
  /** The thing that it is about, as the map knows it; empty when it is about none. */
  readonly thing: string;
  readonly organisation: string;
  readonly takenBy: string;
  readonly mine: boolean;
  readonly mayTake: boolean;
  readonly mayClose: boolean;
  /** The alert's own page, and the page of the thing it is about. */
  readonly href: string;
  readonly page: string;
}

/** So many lines are as many as anybody reads: with twice as many, only the gravest are read afresh. */
const MOST = 300;

const URGENCIES: readonly Urgency[] = ["routine", "prompt", "immediate"];
const STATES: readonly AlertState[] = ["live", "taken", "ended"];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function position(value: unknown): readonly [number, number] | null {
  if (!Array.isArray(value)) return null;
  const [longitude, latitude] = value as unknown[];
  return typeof longitude === "number" && typeof latitude === "number" ? [longitude, latitude] : null;
}

/** An alert as the server tells it; null when there is none (any more) for this viewer. */
export function alertOf(id: string, value: unknown): Alert | null {
  if (!isRecord(value)) return null;
  return {
    id,
    title: text(value.title),
    body: text(value.body),
    urgency: URGENCIES.find((urgency) => urgency === value.urgency) ?? "routine",
    state: STATES.find((state) => state === value.state) ?? "live",
    since: text(value.since),
    raised: text(value.raised_at),
    takenAt: text(value.taken_at),
    ended: text(value.ended_at),
    where: text(value.where),
    at: position(value.at),
    thing: text(value.thing),
    organisation: text(value.organisation),
    takenBy: text(value.taken_by),
    mine: value.mine === true,
    mayTake: value.may_take === true,
    mayClose: value.may_close === true,
    href: text(value.href),
    page: text(value.page),
  };
}

function rank(alert: Alert): number {
  return (alert.state === "taken" ? 0 : 10) + URGENCIES.indexOf(alert.urgency);
}

/** Untaken before taken, urgent before not, what has lasted longest first. */
export function inOrder(one: Alert, other: Alert): number {
  return rank(other) - rank(one) || one.since.localeCompare(other.since) || one.id.localeCompare(other.id);
}

export class Queue {
  private readonly all = new Map<string, Alert>();
  private order: Alert[] = [];
  private chosenId: string | null = null;
  /** Alerts that wait and that the server did not send, so many are they: as of that moment. */
  private beyond = 0;
  private asOf = 0;
  private sent = 0;
  private missed = false;

  /** Everything afresh, and how many wait in all, as of a moment; what was chosen stays so while it is there. Returns those that
   *  ask for somebody for the first time. */
  replace(alerts: Iterable<Alert>, waiting = 0, asOf = ""): Alert[] {
    const found = Array.from(alerts);
    const fresh = found.filter((alert) => alert.state === "live" && !this.all.has(alert.id) && this.isNew(alert));
    this.all.clear();
    for (const alert of found) this.all.set(alert.id, alert);
    this.sort();
    this.sent = found.length;
    this.beyond = Math.max(0, waiting - this.order.filter((alert) => alert.state === "live").length);
    this.asOf = Date.parse(asOf) || 0;
    this.missed = false;
    return fresh;
  }

  /** Whether what the server has must be read afresh: something changed among those that were not sent, or too few or too many are
   *  left of those that were. */
  get unsure(): boolean {
    return this.missed || this.all.size > 2 * MOST || (this.beyond > 0 && 2 * this.all.size < this.sent);
  }

  /** One as it is now; returns whether it asks for somebody for the first time. An alert that is over leaves the queue, but stays
   *  on the screen of whoever has chosen it. */
  apply(id: string, alert: Alert | null): boolean {
    const before = this.all.get(id);
    if (!before && !this.isNew(alert)) {
      this.missed = true;
      return false;
    }
    if (!alert || (alert.state === "ended" && id !== this.chosenId)) this.all.delete(id);
    else this.all.set(id, alert);
    this.sort();
    return !before && alert?.state === "live";
  }

  alerts(): readonly Alert[] {
    return this.order;
  }

  /** How many nobody has taken, those included that the server did not send. */
  get waiting(): number {
    return this.order.filter((alert) => alert.state === "live").length + this.beyond;
  }

  get chosen(): Alert | null {
    return this.chosenId === null ? null : (this.all.get(this.chosenId) ?? null);
  }

  choose(id: string | null): void {
    const left = this.chosen;
    this.chosenId = id;
    if (left?.state === "ended" && left.id !== id) this.all.delete(left.id);
    this.sort();
  }

  /** The next one down (1) or up (-1), from the chosen one or from the edge. */
  step(by: 1 | -1): void {
    if (this.order.length === 0) return;
    const at = this.order.findIndex((alert) => alert.id === this.chosenId);
    const next = at < 0 ? (by > 0 ? 0 : this.order.length - 1) : Math.min(Math.max(at + by, 0), this.order.length - 1);
    this.choose(this.order[next]?.id ?? null);
  }

  /** One that is not in the queue may be one of those that were not sent, unless it was raised since. */
  private isNew(alert: Alert | null): boolean {
    return this.beyond === 0 || (alert !== null && Date.parse(alert.raised) > this.asOf);
  }

  private sort(): void {
    if (this.chosenId !== null && !this.all.has(this.chosenId)) this.chosenId = null;
    this.order = Array.from(this.all.values()).sort(inOrder);
  }
}

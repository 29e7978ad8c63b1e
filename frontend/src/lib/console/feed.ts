/** What happened lately, the newest first: what systems say, and what became of alerts. */
import type { Alert } from "./alerts";

/** `words` is the server's sentence; for an alert it is its title, and `step` says what became of it. */
export interface Happening {
  readonly key: string;
  readonly at: string;
  readonly words: string;
  readonly step: "" | "raised" | "taken" | "ended";
  readonly severity: number;
  readonly href: string;
}

const KEPT = 60;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A happening as the server tells it; null when it is none. */
export function happeningOf(value: unknown): Happening | null {
  if (!isRecord(value)) return null;
  const { id, at, words, severity, href } = value;
  if (typeof id !== "string" || typeof at !== "string" || typeof words !== "string") return null;
  return {
    key: id,
    at,
    words,
    step: "",
    severity: typeof severity === "number" ? severity : 0,
    href: typeof href === "string" ? href : "",
  };
}

const SEVERITY = { routine: 1, prompt: 2, immediate: 3 } as const;

/** What an alert's moments are in the feed. */
export function momentsOf(alert: Alert): Happening[] {
  const line = (step: "raised" | "taken" | "ended", at: string, severity: number): Happening => ({
    key: `${alert.id} ${step} ${at}`,
    at,
    words: alert.title,
    step,
    severity,
    href: alert.href,
  });
  const found = [line("raised", alert.raised, SEVERITY[alert.urgency])];
  if (alert.takenAt) found.push(line("taken", alert.takenAt, 0));
  if (alert.ended) found.push(line("ended", alert.ended, 0));
  return found.filter((one) => one.at !== "");
}

export class Feed {
  private readonly known = new Map<string, Happening>();

  replace(happenings: Iterable<Happening>): void {
    this.known.clear();
    this.add(happenings);
  }

  /** Adds what is new; returns whether anything was. */
  add(happenings: Iterable<Happening>): boolean {
    let fresh = false;
    for (const one of happenings) {
      const before = this.known.get(one.key);
      if (before && before.words === one.words) continue;
      this.known.set(one.key, one);
      fresh = true;
    }
    for (const one of this.lines().slice(KEPT)) this.known.delete(one.key);
    return fresh;
  }

  lines(): Happening[] {
    return Array.from(this.known.values()).sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  }
}

/** What becomes of a report that waits on a phone: pure, so that a month without a network is tried in a moment. */
import type { Answer, Draft } from "./outbox";

/** What the server, or the lack of it, said of one sending. */
export type Outcome =
  | { readonly kind: "sent"; readonly answer: Answer }
  | { readonly kind: "refused"; readonly code: string; readonly errors: Errors }
  | { readonly kind: "log-in" }
  /** `wait`: the milliseconds that the server asks for, 0 where it asks for none. */
  | { readonly kind: "later"; readonly wait: number };

export type Errors = Readonly<Record<string, readonly string[]>>;

/** An older one is offered and never sent by itself: what it shows may be mended by now. */
export const STALE = 30 * 24 * 60 * 60 * 1000;
/** What was sent is shown once more, then forgotten. */
export const SENT_SHOWN = 7 * 24 * 60 * 60 * 1000;
const FIRST = 5_000;
const LONGEST = 15 * 60 * 1000;
/** A server that asks for more is asked again all the same. */
const LONGEST_ASKED = 60 * 60 * 1000;

export function isStale(draft: Draft, now: number): boolean {
  return now - draft.at > STALE;
}

/** Whether it leaves by itself now, for that person (`null`: for whoever it is of, which the server verifies). `eager`: the network is
 *  back, and our own patience is over; the server's isn't, unless a clock was set back. */
export function isDue(draft: Draft, owner: string | null, now: number, eager = false): boolean {
  const own = draft.state === "ready" && (owner === null || draft.owner === owner) && !isStale(draft, now);
  const asked = draft.until > now && draft.until - now <= LONGEST_ASKED;
  return own && !asked && (eager || draft.after <= now || draft.after - now > LONGEST);
}

/** Of those that wait for the network, or for a server that has too much to do. */
export function waits(draft: Draft, owner: string | null, now: number): boolean {
  return isDue({ ...draft, until: 0 }, owner, now, true);
}

/** When the next one leaves by itself, or null. */
export function nextDue(drafts: readonly Draft[], owner: string, now: number): number | null {
  const waiting = drafts.filter((draft) => waits(draft, owner, now));
  const times = waiting.map(({ after, until }) =>
    Math.max(Math.min(after, now + LONGEST), Math.min(until, now + LONGEST_ASKED)),
  );
  return times.length === 0 ? null : Math.min(...times);
}

/** Longer each time, and never at the same moment for all phones of a town that had no network. `random`: 0 to 1. */
export function patience(tries: number, random: number): number {
  return Math.min(LONGEST, FIRST * 2 ** Math.min(tries, 20)) * (0.5 + random / 2);
}

export function afterwards(draft: Draft, outcome: Outcome, now: number, random: number): Draft {
  if (outcome.kind === "sent") return { ...draft, state: "sent", at: now, values: [], answer: outcome.answer };
  if (outcome.kind === "log-in") return { ...draft, state: "log-in" };
  if (outcome.kind === "refused") return { ...draft, state: "refused", code: outcome.code, errors: outcome.errors };
  const until = now + Math.min(outcome.wait, LONGEST_ASKED);
  return { ...draft, tries: draft.tries + 1, after: now + patience(draft.tries, random), until };
}

/** What somebody finds who opens the page: what waited for a log-in is theirs if it was theirs, or nobody's, and leaves. */
export function found(draft: Draft, owner: string, nobody: string): Draft {
  const waits = draft.state === "log-in" && owner !== nobody && [owner, nobody].includes(draft.owner);
  return waits ? { ...draft, owner, state: "ready", tries: 0, after: 0, until: 0 } : draft;
}

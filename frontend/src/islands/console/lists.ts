/** The lists of the console: the queue, the things to watch, what happened. Lines are kept and changed in place, so that nothing jumps. */
import type { Alert, Queue } from "../../lib/console/alerts";
import type { Happening } from "../../lib/console/feed";
import type { Lapse } from "../../lib/console/lapse";
import { severityName } from "../../lib/console/marks";
import type { Moments } from "../../lib/console/moment";
import type { Thing } from "../../lib/console/things";
import { copy, fill, part } from "./fill";

const WATCHED = 100;

/** Makes the children of a list these, in this order, with as few moves as it takes. */
export function arrange(list: HTMLElement, lines: readonly HTMLElement[]): void {
  const kept = new Set<Element>(lines);
  for (const line of Array.from(list.children)) if (!kept.has(line)) line.remove();
  lines.forEach((line, at) => {
    if (list.children[at] !== line) list.insertBefore(line, list.children[at] ?? null);
  });
}

/** One line for each row: that of a row that was there stays the same element, so that whoever is on it stays on it. */
function keep<T>(
  list: HTMLElement,
  rows: readonly T[],
  keyOf: (row: T) => string,
  fresh: () => HTMLElement,
  show: (line: HTMLElement, row: T) => void,
): void {
  const there = new Map(Array.from(list.children as HTMLCollectionOf<HTMLElement>, (line) => [line.dataset.key, line]));
  const lines = rows.map((row) => {
    const line = there.get(keyOf(row)) ?? fresh();
    line.dataset.key = keyOf(row);
    show(line, row);
    return line;
  });
  arrange(list, lines);
}

function onPress(line: HTMLElement, act: () => void): void {
  const button = line.querySelector("button");
  if (button) button.onclick = act;
}

export function alertSlots(alert: Alert, lapse: Lapse, now: number): Record<string, string> {
  return {
    title: alert.title,
    body: alert.body,
    where: alert.where,
    since: lapse.since(alert.since, now),
    organisation: alert.organisation,
    by: alert.takenBy,
    href: alert.href,
    page: alert.page,
  };
}

export function alertCases(alert: Alert): Record<string, string> {
  return {
    urgency: alert.urgency,
    state: alert.state,
    taken: alert.state !== "taken" ? "no" : alert.mine ? "mine" : alert.takenBy ? "named" : "somebody",
    may: alert.state === "live" && alert.mayTake ? "take" : alert.state === "taken" && alert.mine ? "release" : "none",
  };
}

export class QueueList {
  private readonly lines = new Map<string, HTMLElement>();
  private readonly list: HTMLElement;
  private readonly nothing: HTMLElement;

  constructor(
    private readonly root: HTMLElement,
    private readonly lapse: Lapse,
    private readonly choose: (id: string) => void,
  ) {
    this.list = part(root, "queue");
    this.nothing = part(root, "queue-empty");
  }

  show(queue: Queue, now: number): void {
    const alerts = queue.alerts();
    const kept = new Set(alerts.map((alert) => alert.id));
    for (const id of this.lines.keys()) if (!kept.has(id)) this.lines.delete(id);
    arrange(
      this.list,
      alerts.map((alert) => this.line(alert, alert.id === queue.chosen?.id, now)),
    );
    const chosen = queue.chosen && this.lines.get(queue.chosen.id);
    if (chosen) this.list.setAttribute("aria-activedescendant", chosen.id);
    else this.list.removeAttribute("aria-activedescendant");
    this.list.hidden = alerts.length === 0;
    this.nothing.hidden = alerts.length > 0;
    fill(this.root, { waiting: String(queue.waiting) });
  }

  /** Bring the chosen line into view, without moving the page. */
  reveal(id: string): void {
    this.lines.get(id)?.scrollIntoView({ block: "nearest" });
  }

  focus(): void {
    this.list.focus({ preventScroll: true });
  }

  private line(alert: Alert, chosen: boolean, now: number): HTMLElement {
    let line = this.lines.get(alert.id);
    if (!line) {
      line = copy(this.root, "alert");
      line.id = `alert-${alert.id}`;
      line.addEventListener("click", () => this.choose(alert.id));
      this.lines.set(alert.id, line);
    }
    if (line.getAttribute("role") === "option") line.setAttribute("aria-selected", String(chosen));
    line.dataset.urgency = alert.urgency;
    line.dataset.state = alert.state;
    fill(line, alertSlots(alert, this.lapse, now), alertCases(alert));
    return line;
  }
}

/** What asks for somebody among the things of the map, for whoever doesn't look at the map. */
export function showWatched(root: HTMLElement, things: readonly Thing[], choose: (thing: Thing) => void): void {
  const shown = things.slice(0, WATCHED);
  keep(
    part(root, "watched"),
    shown,
    (thing) => thing.id,
    () => copy(root, "thing"),
    (line, thing) => {
      fill(line, { label: thing.label, state: thing.state }, { severity: severityName(thing.severity) });
      onPress(line, () => choose(thing));
    },
  );
  part(root, "watched-empty").hidden = shown.length > 0;
  fill(root, { watched: String(things.length) });
}

/** What stands around what is chosen. */
export function showNear(
  root: HTMLElement,
  near: readonly { readonly thing: Thing; readonly metres: number }[],
  choose: (thing: Thing) => void,
): void {
  keep(
    part(root, "near"),
    near,
    ({ thing }) => thing.id,
    () => copy(root, "neighbour"),
    (line, { thing, metres }) => {
      const slots = { label: thing.label, state: thing.state, far: distance(metres) };
      fill(line, slots, { severity: severityName(thing.severity) });
      onPress(line, () => choose(thing));
    },
  );
  part(root, "near-head").hidden = near.length === 0;
}

function distance(metres: number): string {
  const [unit, value] = metres < 1_000 ? ["meter", metres] : ["kilometer", metres / 1_000];
  const digits = metres < 1_000 ? 0 : 1;
  const form = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(document.documentElement.lang || "fr", form).format(value as number);
}

export function showFeed(root: HTMLElement, happenings: readonly Happening[], moments: Moments): void {
  const now = new Date();
  const show = (line: HTMLElement, one: Happening) => {
    const at = moments.shortly(new Date(one.at), now);
    fill(line, { at, words: one.words, href: one.href }, { step: one.step });
    line.className = { calm: "good", notice: "info", warning: "warn", alarm: "bad" }[severityName(one.severity)];
    const link = line.querySelector("a");
    if (link && one.href && link.textContent !== one.words) link.textContent = one.words;
    for (const words of line.querySelectorAll<HTMLElement>("span[data-slot=words]")) words.hidden = one.href !== "";
    line.querySelector("time")?.setAttribute("datetime", one.at);
  };
  keep(
    part(root, "feed"),
    happenings,
    ({ key }) => key,
    () => copy(root, "happening"),
    show,
  );
}

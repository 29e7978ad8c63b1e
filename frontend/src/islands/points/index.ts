/** Reports on a map, with the list of those that it shows and the card of the one that is chosen; attributes in docs/developers/islands.md. */
import { severityName } from "../../lib/console/marks";
import { type Bounds, boundsOf } from "../../lib/placing";
import { type Drawn, LISTED, type Point, boxOf, listed, pointsOf } from "../../lib/points";
import { islands } from "../../lib/stage";
import { copy, fill, part } from "../console/fill";
import type { PointsMap } from "./map";

class Points {
  private readonly figures: Intl.NumberFormat;
  /** Those that an act will be for, by their identifiers; only where the page lets one choose. */
  private readonly chosen = new Map<string, Point>();
  private map: PointsMap | null = null;
  private drawn: Drawn = { points: [], groups: [], total: 0 };
  private looked: Point | null = null;
  private asking: AbortController | null = null;
  private carding: AbortController | null = null;

  constructor(private readonly root: HTMLElement) {
    this.figures = new Intl.NumberFormat(document.documentElement.lang || "fr");
    part(root, "zoom-in").addEventListener("click", () => this.map?.zoom(1));
    part(root, "zoom-out").addEventListener("click", () => this.map?.zoom(-1));
    this.say("waiting");
    void this.draw();
  }

  private async draw(): Promise<void> {
    const place = part(this.root, "map");
    try {
      const { PointsMap } = await import("./map");
      this.map = await PointsMap.open(place, {
        label: place.dataset.label ?? "",
        drawing: this.root.dataset.drawing ?? "",
        tiles: this.root.dataset.tiles ?? "",
        bounds: boundsOf(this.root.dataset.bounds ?? ""),
        rests: (seen) => void this.read(seen),
        pick: (id) => this.pick(this.drawn.points.find((point) => point.id === id)),
      });
      this.map.canvas.setAttribute("aria-describedby", "points-keys");
      await this.read(this.map.seen());
      this.root.dataset.map = "drawn";
    } catch {
      this.root.dataset.map = "none";
      part(this.root, "map-missing").hidden = false;
      this.say(null);
    }
  }

  /** What stands in what the map shows now; a newer look makes an older answer nothing. */
  private async read(seen: Bounds): Promise<void> {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    for (const field of document.querySelectorAll<HTMLInputElement>("input[data-box]")) field.value = boxOf(seen);
    try {
      const address = pointsOf(this.root.dataset.points ?? "", location.search, seen);
      const answer = await fetch(address, { headers: { accept: "application/json" }, signal: asking.signal });
      if (!answer.ok) return this.say("failed");
      this.drawn = (await answer.json()) as Drawn;
    } catch {
      if (!asking.signal.aborted) this.say("failed");
      return;
    }
    this.map?.show(this.drawn);
    this.show();
  }

  private pick(point: Point | undefined): void {
    if (!point) return;
    this.looked = point;
    this.map?.mark(point.at);
    if (this.root.dataset.choosing !== undefined) this.chosen.set(point.id, point);
    this.show();
    void this.card(point);
  }

  private async card({ id }: Point): Promise<void> {
    this.carding?.abort();
    const carding = (this.carding = new AbortController());
    const address = (this.root.dataset.card ?? "").replace(this.root.dataset.any ?? "", id);
    try {
      const answer = await fetch(address, { headers: { accept: "text/html" }, signal: carding.signal });
      const held = document.createElement("template");
      held.innerHTML = answer.ok ? (await answer.text()).trim() : "";
      part(this.root, "chosen").replaceChildren(held.content);
    } catch {
      if (!carding.signal.aborted) part(this.root, "chosen").replaceChildren(copy(this.root, "failed"));
    }
  }

  private show(): void {
    const { points, groups, total } = this.drawn;
    if (groups.length > 0) this.say("many", { total: this.figures.format(total) });
    else if (total === 0) this.say("none");
    else {
      const cases = { number: total === 1 ? "one" : "several", shown: points.length > LISTED ? "part" : "all" };
      this.say("some", { total: this.figures.format(total) }, cases);
    }
    const list = part(this.root, "list");
    const focused = list.contains(document.activeElement);
    list.replaceChildren(...listed(this.chosen.values(), points).map((point) => this.row(point)));
    if (focused) list.querySelector<HTMLElement>("[aria-pressed=true], button")?.focus();
  }

  private row(point: Point): HTMLElement {
    const row = copy(this.root, "row");
    const { label, reference, state } = point;
    fill(row, { label, reference, state }, { severity: severityName(point.severity) });
    const button = row.querySelector("button");
    button?.setAttribute("aria-pressed", String(point.id === this.looked?.id));
    button?.addEventListener("click", () => {
      this.pick(point);
      this.map?.look(point.at);
    });
    const box = row.querySelector<HTMLInputElement>("input[type=checkbox]");
    if (box) {
      box.value = point.id;
      box.checked = this.chosen.has(point.id);
      box.addEventListener("change", () => {
        if (box.checked) this.chosen.set(point.id, point);
        else this.chosen.delete(point.id);
      });
    }
    return row;
  }

  private say(
    name: string | null,
    slots: Readonly<Record<string, string>> = {},
    cases: Readonly<Record<string, string>> = {},
  ): void {
    const said = part(this.root, "said");
    if (name === null) return said.replaceChildren();
    const words = copy(this.root, name);
    fill(words, slots, cases);
    if (said.textContent !== words.textContent) said.replaceChildren(words);
  }
}

for (const root of islands(document, "points")) new Points(root);

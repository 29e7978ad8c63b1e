/** The console: the queue of alerts, the map, what happened lately, as they are now. */
import { apiOf } from "../../lib/api";
import type { Alert } from "../../lib/console/alerts";
import { Lapse } from "../../lib/console/lapse";
import { severityName } from "../../lib/console/marks";
import { Moments } from "../../lib/console/moment";
import { Picture, type Told } from "../../lib/console/picture";
import { Reading } from "../../lib/console/reading";
import { Remembered } from "../../lib/console/remembered";
import { type Change, Live } from "../../lib/console/stream";
import type { Thing } from "../../lib/console/things";
import { islands } from "../../lib/stage";
import { Answers } from "./answers";
import { fill, part } from "./fill";
import { bindingsOf, startKeys } from "./keys";
import { QueueList, showFeed, showWatched } from "./lists";
import type { ConsoleMap, Seen } from "./map";
import { Panel } from "./panel";
import { Sound } from "./sound";
import { readAll } from "./told";

const SECOND = 1_000;
/** What changed among alerts that are not shown can wait a little. */
const UNSEEN_AFTER = 10_000;
/** Stands for an alert's or a thing's identifier, and a layer's code, in the page's addresses. */
const ANY = "00000000-0000-0000-0000-000000000000";
const ANY_LAYER = "any-layer";

class Console {
  private readonly kept = new Remembered(localStorage);
  private readonly picture = new Picture((layer, around) => this.wants(layer, around));
  private readonly seen = new Set<string>();
  private readonly api = apiOf(document);
  private readonly lapse: Lapse;
  private readonly moments: Moments;
  private readonly list: QueueList;
  private readonly panel: Panel;
  private readonly answers: Answers;
  private readonly sound: Sound;
  private readonly reading: Reading<Told>;
  private live: Live | null = null;
  private map: ConsoleMap | null = null;
  private point: string | null = null;
  private fresh = true;
  private moved = false;

  constructor(private readonly root: HTMLElement) {
    const language = document.documentElement.lang || "fr";
    this.lapse = new Lapse(language);
    this.moments = new Moments(language, root.dataset.zone ?? "");
    this.list = new QueueList(root, this.lapse, (id) => this.choose(id));
    const addresses = {
      alert: (id: string) => this.address("alert", id),
      thing: (layer: string, id: string) => this.address("thing", id).replace(ANY_LAYER, layer),
    };
    this.panel = new Panel(root, this.picture, this.lapse, addresses, (thing) => this.pick(thing));
    this.answers = new Answers(root, this.picture, {
      api: this.api,
      address: (verb, alert) => this.address(verb, alert),
      fresh: () => this.fresh,
      done: (asking) => {
        this.ring(asking);
        this.panel.refresh();
        this.show();
      },
    });
    this.sound = new Sound(localStorage);
    this.reading = new Reading<Told>(
      {
        // A session that is over, or a right: the page says which, and comes back here after the log-in.
        read: () => readAll(this.setting("state"), () => location.reload()),
        begins: () => this.live?.pause(),
        found: (told) => void this.found(told),
        failed: () => {
          this.root.dataset.state = "waiting";
        },
      },
      Date.now,
    );
    this.buttons();
    this.switches();
    startKeys(
      bindingsOf(part(root, "keys")),
      (name) => this.press(name),
      () => !this.kept.has("keys", "few"),
    );
    setInterval(() => this.tick(), SECOND);
    this.reading.want();
  }

  /** Everything as it was at a place of the stream, which goes on from there. */
  private async found(told: Told): Promise<void> {
    const fresh = this.picture.take(told);
    if (this.live) this.ring(fresh);
    this.root.dataset.state = "ready";
    this.show();
    this.map?.update();
    if (this.live) return this.live.goOn(told.since);
    this.live = new Live(
      this.setting("live"),
      told.since,
      {
        change: (change) => this.change(change),
        again: () => this.reading.want(),
        closed: () => location.reload(),
        refused: () => this.reading.want(),
        fresh: (fresh, news) => this.freeze(!fresh, news),
      },
      (address) => new EventSource(address),
      Date.now,
    );
    await this.draw();
  }

  private change(change: Change): void {
    const { part: kind, asking } = this.picture.change(change);
    this.ring(asking);
    if (kind === "things") this.moved = true;
    if (kind === "alerts" && this.picture.queue.unsure) this.reading.want(UNSEEN_AFTER);
    if (this.concerns(change)) this.panel.refresh();
    this.list.show(this.picture.queue, Date.now());
    if (kind !== "things") showFeed(this.root, this.picture.feed.lines(), this.moments);
    this.showPanel();
  }

  private concerns({ things }: Change): boolean {
    const alert = this.picture.queue.chosen;
    return (alert ? [alert.id, alert.thing] : [this.point]).some((id) => id !== null && id in things);
  }

  private ring(asking: readonly Alert[]): void {
    if (asking.some((alert) => alert.urgency === "immediate")) this.sound.ring();
  }

  private tick(): void {
    this.live?.tick();
    this.reading.tick();
    if (this.root.dataset.state !== "ready") return;
    if (this.moved) this.showThings();
    this.list.show(this.picture.queue, Date.now());
    this.showPanel();
    this.panel.tick();
  }

  private show(): void {
    this.list.show(this.picture.queue, Date.now());
    this.showThings();
    showFeed(this.root, this.picture.feed.lines(), this.moments);
    this.showPanel();
  }

  /** Once a second at most, as the map: thousands of things may change each second. */
  private showThings(): void {
    this.moved = false;
    const watched = this.picture.watched();
    showWatched(this.root, watched, (thing) => this.pick(thing));
    const counts = new Map(this.picture.layers().map(({ code, things }) => [code, things.size]));
    for (const place of this.root.querySelectorAll<HTMLElement>("[data-count-of]")) {
      place.textContent = String(counts.get(place.dataset.countOf ?? "") ?? "");
    }
  }

  private showPanel(): void {
    this.panel.show(this.picture.queue.chosen, this.point);
  }

  private choose(id: string | null): void {
    this.point = null;
    this.picture.queue.choose(id);
    this.noteShown();
    this.show();
  }

  /** Whoever was told of what is chosen has now seen it: the server keeps that. */
  private noteShown(): void {
    const alert = this.picture.queue.chosen;
    if (!alert || this.seen.has(alert.id)) return;
    this.seen.add(alert.id);
    void this.api.post(this.address("shown", alert.id), {});
  }

  private address(name: string, id: string): string {
    return this.setting(name).replace(ANY, id);
  }

  private pick(thing: Thing): void {
    this.picture.queue.choose(null);
    this.point = thing.id;
    this.map?.look(thing.at);
    this.show();
  }

  /** What a key does; false when there is nothing to do. */
  private press(name: string): boolean {
    const queue = this.picture.queue;
    const acts: Record<string, () => boolean | void> = {
      next: () => this.step(1),
      previous: () => this.step(-1),
      take: () => (queue.chosen ? void this.answers.act("take") : false),
      release: () => (queue.chosen ? void this.answers.act("release") : false),
      look: () => this.look(),
      open: () => this.openPage(),
      leave: () => (queue.chosen || this.point !== null ? this.choose(null) : false),
      help: () => this.root.querySelector<HTMLElement>("[data-dialog-open]")?.click(),
      alerts: () => (queue.alerts().length > 0 ? this.list.focus() : false),
      map: () => (this.map ? this.map.chart.getCanvas().focus() : false),
      watched: () => part(this.root, "watched-summary").focus(),
      sound: () => part(this.root, "sound").click(),
      nearer: () => (this.map ? void this.map.chart.zoomIn() : false),
      farther: () => (this.map ? void this.map.chart.zoomOut() : false),
    };
    return acts[name]?.() !== false;
  }

  private step(by: 1 | -1): boolean {
    this.picture.queue.step(by);
    const chosen = this.picture.queue.chosen;
    if (!chosen) return false;
    this.point = null;
    this.noteShown();
    this.list.focus();
    this.show();
    this.list.reveal(chosen.id);
    return true;
  }

  private look(): boolean {
    const at = this.picture.queue.chosen?.at ?? (this.point ? this.picture.thing(this.point)?.thing.at : null);
    if (at) this.map?.look(at);
    return Boolean(at);
  }

  private openPage(): boolean {
    const href = this.picture.queue.chosen?.href;
    if (href) location.assign(href);
    return Boolean(href);
  }

  /** What is shown is old: it says since when, and nothing can be done on it until it is new again. */
  private freeze(stale: boolean, news: number): void {
    this.fresh = !stale;
    this.root.dataset.fresh = String(!stale);
    fill(part(this.root, "stale"), { news: this.moments.precisely(new Date(news)) });
    part(this.root, "stale").hidden = !stale;
    part(this.root, "current").hidden = stale;
    for (const button of this.root.querySelectorAll<HTMLButtonElement>("[data-control]")) button.disabled = stale;
    part(this.root, "queue").setAttribute("aria-disabled", String(stale));
  }

  private buttons(): void {
    const on = (name: string, act: () => void) => part(this.root, name).addEventListener("click", act);
    on("take", () => void this.answers.act("take"));
    on("release", () => void this.answers.act("release"));
    on("look", () => this.look());
    on("leave", () => this.choose(null));
    on("zoom-in", () => this.map?.chart.zoomIn());
    on("zoom-out", () => this.map?.chart.zoomOut());
    on("fit", () => this.map?.fit());
    part<HTMLFormElement>(this.root, "closing-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const reason = new FormData(event.target as HTMLFormElement).get("reason");
      if (typeof reason === "string") void this.answers.close(reason);
    });
    const sound = part<HTMLButtonElement>(this.root, "sound");
    const press = (wanted: boolean) => {
      sound.setAttribute("aria-pressed", String(wanted));
      fill(sound, {}, { sound: wanted ? "on" : "off" });
    };
    press(this.sound.wanted);
    sound.addEventListener("click", () => void this.sound.toggle().then(press));
  }

  /** All of them but those that somebody hid; of those of too many things, those that somebody wanted. */
  private wants(layer: string, around: boolean): boolean {
    return around ? this.kept.has("shown-layers", layer) : !this.kept.has("hidden-layers", layer);
  }

  /** What each person sets for this browser, and finds again. */
  private switches(): void {
    for (const box of this.root.querySelectorAll<HTMLInputElement>("input[data-layer]")) {
      const code = box.dataset.layer ?? "";
      const around = box.dataset.around !== undefined;
      box.checked = this.wants(code, around);
      box.addEventListener("change", () => {
        this.kept.set(around ? "shown-layers" : "hidden-layers", code, around ? box.checked : !box.checked);
        const layer = this.picture.layer(code);
        if (layer) this.map?.show(layer, box.checked);
      });
    }
    const keys = part<HTMLInputElement>(this.root, "single-keys");
    keys.checked = !this.kept.has("keys", "few");
    keys.addEventListener("change", () => this.kept.set("keys", "few", !keys.checked));
  }

  /** The map comes last, and a browser that can't draw it leaves a page that works. */
  private async draw(): Promise<void> {
    const place = part(this.root, "map");
    try {
      const { ConsoleMap } = await import("./map");
      this.map = await ConsoleMap.open(place, this.picture.layers(), {
        label: place.dataset.label ?? "",
        drawing: this.setting("drawing"),
        tiles: this.setting("tiles"),
        still: false,
        pick: (code, id) => {
          const thing = this.picture.layer(code)?.things.get(id);
          if (thing) this.pick(thing);
        },
        says: (seen) => this.describe(seen),
        around: (code) => this.setting("around").replace(ANY_LAYER, code),
      });
      this.map.chart.getCanvas().setAttribute("aria-describedby", part(this.root, "map-says").id);
      this.root.dataset.map = "drawn";
    } catch {
      this.root.dataset.map = "none";
      part(this.root, "map-missing").hidden = false;
    }
  }

  private describe({ things, groups, worst }: Seen): void {
    const slots = { things: String(things), groups: String(groups) };
    fill(part(this.root, "map-says"), slots, { worst: worst < 0 ? "none" : severityName(worst) });
  }

  private setting(name: string): string {
    return this.root.dataset[`${name}Address`] ?? "";
  }
}

for (const root of islands(document, "console")) new Console(root);

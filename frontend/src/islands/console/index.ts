/** The console: the queue of alerts, the map, what happened lately, as they are now. */
import { apiOf, Problem } from "../../lib/api";
import { type Alert, alertOf, Queue } from "../../lib/console/alerts";
import { Feed, type Happening, happeningOf, momentsOf } from "../../lib/console/feed";
import { Lapse } from "../../lib/console/lapse";
import { Moments } from "../../lib/console/moment";
import { Reading } from "../../lib/console/reading";
import { type Change, Live } from "../../lib/console/stream";
import { type Thing, Things } from "../../lib/console/things";
import { islands } from "../../lib/stage";
import { copy, fill, part } from "./fill";
import { startKeys } from "./keys";
import { QueueList, alertCases, alertSlots, showFeed, showWatched } from "./lists";
import type { ConsoleMap, Layer } from "./map";
import { Sound } from "./sound";
import { type Told, readAll } from "./told";
import { severityName } from "../../lib/console/marks";

const SECOND = 1_000;
/** What changed among alerts that are not shown can wait a little. */
const UNSEEN_AFTER = 10_000;
/** Stands for an alert's identifier in the page's addresses. */
const ANY = "00000000-0000-0000-0000-000000000000";

class Console {
  private readonly queue = new Queue();
  private readonly feed = new Feed();
  private readonly layers = new Map<string, Layer & { topic: string }>();
  private readonly feeds = new Set<string>();
  private readonly seen = new Set<string>();
  private readonly api = apiOf(document);
  private readonly lapse: Lapse;
  private readonly list: QueueList;
  private readonly sound: Sound;
  private readonly reading: Reading<Told>;
  private live: Live | null = null;
  private map: ConsoleMap | null = null;
  private point: Thing | null = null;
  private fresh = true;
  private moved = false;
  private readonly moments: Moments;

  constructor(private readonly root: HTMLElement) {
    const language = document.documentElement.lang || "fr";
    this.lapse = new Lapse(language);
    this.moments = new Moments(language, root.dataset.zone ?? "");
    this.list = new QueueList(root, this.lapse, (id) => this.choose(id));
    this.sound = new Sound(localStorage);
    this.reading = new Reading<Told>(
      {
        read: () => readAll(this.setting("state")),
        begins: () => this.live?.pause(),
        found: (told) => void this.found(told),
        failed: () => {
          this.root.dataset.state = "waiting";
        },
      },
      Date.now,
    );
    this.buttons();
    startKeys(root, {
      step: (by) => {
        this.queue.step(by);
        if (!this.queue.chosen) return false;
        this.noteShown();
        this.list.focus();
        this.show();
        this.list.reveal(this.queue.chosen.id);
        return true;
      },
      take: () => this.act("take"),
      release: () => this.act("release"),
      look: () => this.look(),
      open: () => this.openPage(),
      leave: () => this.leave(),
    });
    setInterval(() => this.tick(), SECOND);
    this.reading.want();
  }

  /** Everything as it was at a place of the stream, which goes on from there. */
  private async found(told: Told): Promise<void> {
    this.take(told);
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

  private take(told: Told): void {
    for (const { code, topic, things } of told.layers) {
      const layer = this.layers.get(code) ?? { code, topic, things: new Things(), shown: true };
      layer.things.replace(things);
      this.layers.set(code, layer);
    }
    for (const topic of told.feeds) this.feeds.add(topic);
    const alerts = Object.entries(told.alerts).map(([id, value]) => alertOf(id, value));
    const found = alerts.filter((alert) => alert !== null);
    const live = found.filter((alert) => alert.state !== "ended");
    const fresh = this.queue.replace(live, told.waiting, told.as_of);
    if (this.live && fresh.some((alert) => alert.urgency === "immediate")) this.sound.ring();
    const said = told.feed.map(happeningOf).filter((one) => one !== null);
    this.feed.replace([...said, ...found.flatMap(momentsOf)]);
  }

  private change({ topic, things }: Change): void {
    const layer = Array.from(this.layers.values()).find((one) => one.topic === topic);
    if (layer) {
      layer.things.apply(things as Record<string, Thing | null>);
      this.moved = true;
    } else if (this.feeds.has(topic)) this.feed.add(Object.values(things).map(happeningOf).filter(isThere));
    else if (topic === "alerts") this.changeAlerts(things);
    if (this.point) this.point = this.thing(this.point.id);
    this.list.show(this.queue, Date.now());
    if (!layer) showFeed(this.root, this.feed.lines(), this.moments);
    this.showPanel();
  }

  private changeAlerts(things: Readonly<Record<string, unknown>>): void {
    for (const [id, value] of Object.entries(things)) {
      const alert = alertOf(id, value);
      const asks = this.queue.apply(id, alert);
      if (alert) this.feed.add(momentsOf(alert));
      if (asks && alert?.urgency === "immediate") this.sound.ring();
    }
    if (this.queue.unsure) this.reading.want(UNSEEN_AFTER);
  }

  private tick(): void {
    this.live?.tick();
    this.reading.tick();
    if (this.root.dataset.state !== "ready") return;
    if (this.moved) this.showWatched();
    this.list.show(this.queue, Date.now());
    this.showPanel();
  }

  private show(): void {
    this.list.show(this.queue, Date.now());
    this.showWatched();
    showFeed(this.root, this.feed.lines(), this.moments);
    this.showPanel();
  }

  /** Once a second at most, as the map: thousands of things may change each second. */
  private showWatched(): void {
    this.moved = false;
    const watched = Array.from(this.layers.values()).flatMap((layer) => layer.things.watched());
    watched.sort((one, other) => other.severity - one.severity);
    showWatched(this.root, watched, (thing) => this.pick(thing));
  }

  private showPanel(): void {
    const alert = this.queue.chosen;
    const panel = part(this.root, "panel");
    panel.dataset.shows = alert ? "alert" : this.point ? "thing" : "nothing";
    for (const face of panel.querySelectorAll<HTMLElement>("[data-face]"))
      face.hidden = face.dataset.face !== panel.dataset.shows;
    if (alert) {
      fill(part(panel, "chosen-alert"), alertSlots(alert, this.lapse, Date.now()), alertCases(alert));
      part(panel, "look").hidden = alert.at === null;
    } else if (this.point) {
      const { label, state, href, severity } = this.point;
      fill(part(panel, "chosen-thing"), { label, state, href }, { severity: severityName(severity) });
    }
  }

  private choose(id: string | null): void {
    this.point = null;
    this.queue.choose(id);
    this.noteShown();
    this.show();
  }

  /** Whoever was told of what is chosen has now seen it: the server keeps that. */
  private noteShown(): void {
    const alert = this.queue.chosen;
    if (!alert || this.seen.has(alert.id)) return;
    this.seen.add(alert.id);
    void this.api.post(this.address("shown", alert), {});
  }

  private address(verb: string, alert: Alert): string {
    return this.setting(verb).replace(ANY, alert.id);
  }

  private pick(thing: Thing): void {
    this.queue.choose(null);
    this.point = thing;
    this.map?.look(thing.at);
    this.show();
  }

  private thing(id: string): Thing | null {
    for (const layer of this.layers.values()) {
      const found = layer.things.get(id);
      if (found) return found;
    }
    return null;
  }

  private leave(): void {
    this.choose(null);
  }

  private look(): void {
    const at = this.queue.chosen?.at ?? this.point?.at;
    if (at) this.map?.look(at);
  }

  private openPage(): void {
    const href = this.queue.chosen?.href ?? this.point?.href;
    if (href) location.assign(href);
  }

  /** "I take it", or its undo: the server decides who has it, the answer says so to everybody. */
  private async act(verb: "take" | "release", alert: Alert | null = this.queue.chosen): Promise<void> {
    if (!alert || !this.fresh) return;
    const wanted = alertCases(alert).may === verb;
    if (!wanted) return;
    const answer = await this.api.post(this.address(verb, alert), {});
    if (answer instanceof Problem) return this.say("refused", { detail: answer.title || answer.code });
    const now = alertOf(alert.id, answer.body);
    if (now) this.changeAlerts({ [alert.id]: answer.body });
    this.show();
    this.say(verb === "take" ? "taken" : "released", { title: alert.title }, () => {
      const again = this.queue.alerts().find((one) => one.id === alert.id) ?? null;
      void this.act(verb === "take" ? "release" : "take", again);
    });
  }

  private say(name: string, slots: Record<string, string>, undo: () => void = () => undefined): void {
    const note = copy(this.root, name);
    fill(note, slots);
    note.querySelector<HTMLElement>("[data-undo]")?.addEventListener("click", () => {
      note.remove();
      undo();
    });
    document.querySelector(".toasts")?.replaceChildren(note);
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
    on("take", () => void this.act("take"));
    on("release", () => void this.act("release"));
    on("look", () => this.look());
    on("leave", () => this.leave());
    on("zoom-in", () => this.map?.chart.zoomIn());
    on("zoom-out", () => this.map?.chart.zoomOut());
    on("fit", () => this.map?.fit());
    const sound = part<HTMLButtonElement>(this.root, "sound");
    const press = (wanted: boolean) => {
      sound.setAttribute("aria-pressed", String(wanted));
      fill(sound, {}, { sound: wanted ? "on" : "off" });
    };
    press(this.sound.wanted);
    sound.addEventListener("click", () => void this.sound.toggle().then(press));
    for (const box of this.root.querySelectorAll<HTMLInputElement>("input[data-layer]")) {
      box.addEventListener("change", () => {
        const layer = this.layers.get(box.dataset.layer ?? "");
        if (layer) this.map?.show(layer, box.checked);
      });
    }
  }

  /** The map comes last, and a browser that can't draw it leaves a page that works. */
  private async draw(): Promise<void> {
    const place = part(this.root, "map");
    try {
      const { ConsoleMap } = await import("./map");
      this.map = await ConsoleMap.open(place, Array.from(this.layers.values()), {
        label: place.dataset.label ?? "",
        drawing: this.setting("drawing"),
        tiles: this.setting("tiles"),
        pick: (code, id) => {
          const thing = this.layers.get(code)?.things.get(id);
          if (thing) this.pick(thing);
        },
      });
      this.root.dataset.map = "drawn";
    } catch {
      this.root.dataset.map = "none";
      part(this.root, "map-missing").hidden = false;
    }
  }

  private setting(name: string): string {
    return this.root.dataset[`${name}Address`] ?? "";
  }
}

function isThere(one: Happening | null): one is Happening {
  return one !== null;
}

for (const root of islands(document, "console")) new Console(root);

/** Cameras on request, one to four at a time; what the page holds is described in docs/developers/islands.md. */
import { apiOf } from "../../lib/api";
import { Moments } from "../../lib/console/moment";
import { Remembered } from "../../lib/console/remembered";
import { openPhone, type Phone } from "../../lib/phone";
import { islands } from "../../lib/stage";
import { passed, ServerClock, left } from "../../lib/video/clock";
import type { Hands } from "../../lib/video/exchange";
import { type Facts, readFacts, shortly } from "../../lib/video/facts";
import { Stop } from "../../lib/video/stop";
import { snapshot } from "../../lib/video/watermark";
import { part } from "../console/fill";
import { bindingsOf, startKeys } from "../console/keys";
import { handsOf } from "./trial";
import { Standing } from "./standing";
import { Still } from "./still";
import { type Setting, TileView } from "./tile";
import { Words } from "./words";

const TICK = 500;
/** Seconds left of a right at which it is said. */
const SAID = [600, 120, 30];

class Player {
  private readonly words: Words;
  private readonly clock: ServerClock;
  private readonly moments: Moments;
  private readonly standing: Standing;
  private readonly still: Still;
  private readonly tiles: TileView[];
  private readonly api = apiOf(document);
  private chosen = 0;
  private hands: Hands | Stop | null = null;
  private opening = false;
  private before = Number.POSITIVE_INFINITY;

  constructor(
    private readonly root: HTMLElement,
    private readonly phone: Phone | Stop,
    facts: Facts,
  ) {
    const { facts: address = "", still = "", zone = "Europe/Paris" } = root.dataset;
    const ticks = () => performance.now();
    this.words = new Words(root);
    this.clock = new ServerClock(facts.now, ticks);
    this.moments = new Moments(document.documentElement.lang, zone);
    this.standing = new Standing(facts, address, this.api, this.clock, ticks, (now) => this.changed(now));
    this.still = new Still(
      root,
      this.words,
      this.clock,
      () => this.standing.tell(still),
      () => this.closeAll(Stop.here("unanswered")),
    );
    this.tiles = this.tilesOf(facts);
  }

  start(): void {
    for (const [at, tile] of this.tiles.entries()) {
      tile.root.addEventListener("focusin", () => this.choose(at));
      tile.root.addEventListener("pointerdown", () => this.choose(at));
    }
    for (const button of this.root.querySelectorAll<HTMLButtonElement>("[data-press]")) {
      button.addEventListener("click", () => this.press(button.dataset.press ?? ""));
    }
    const kept = new Remembered(localStorage);
    const single = part<HTMLInputElement>(this.root, "single-keys");
    single.checked = !kept.has("keys", "few");
    single.addEventListener("change", () => kept.set("keys", "few", !single.checked));
    const bindings = bindingsOf(part(this.root, "keys"));
    startKeys(
      bindings,
      (name) => this.press(name),
      () => single.checked,
    );
    // A page that is left looks at nothing any more, also when the browser keeps it to come back to.
    addEventListener("pagehide", () => this.closeAll(Stop.here("left")));
    setInterval(() => this.tick(), TICK);
    this.choose(0);
    this.changed(this.standing.facts);
    this.standing.refresh();
  }

  private tilesOf(facts: Facts): TileView[] {
    const setting: Setting = {
      words: this.words,
      clock: this.clock,
      moments: this.moments,
      say: (sentence) => this.say(sentence),
      ended: () => this.standing.refresh(),
    };
    return facts.tiles.flatMap((tile) => {
      const place = this.root.querySelector<HTMLElement>(`[data-tile="${CSS.escape(tile.gate)}"]`);
      return place ? [new TileView(place, tile, setting)] : [];
    });
  }

  private changed(facts: Facts): void {
    this.still.expect(facts.standing === "open" && (facts.asks !== null || facts.closes !== null));
    this.still.set(facts.standing === "open" ? facts.closes : null);
    if (facts.standing === "over" || facts.standing === "refused") {
      this.still.end();
      this.closeAll(Stop.over(facts.reason));
    } else if (facts.standing === "open") void this.open(facts);
    this.offer();
  }

  private async open(facts: Facts): Promise<void> {
    if (this.opening || facts.tiles.every(({ chain }) => chain === "")) return;
    this.opening = true;
    this.hands ??= this.phone instanceof Stop ? this.phone : await this.trial(this.phone, facts);
    this.opening = false;
    const { hands } = this;
    if (hands instanceof Stop) return this.closeAll(hands);
    this.each(facts, (tile, own) => own.chain !== "" && tile.begin(hands, own));
  }

  private async trial(phone: Phone, facts: Facts): Promise<Hands | Stop> {
    try {
      return await handsOf(phone, this.root.dataset.person ?? "", facts);
    } catch {
      // IndexedDB or WebCrypto failed: this browser, not the server
      return Stop.here("storage");
    }
  }

  private each(facts: Facts, act: (tile: TileView, own: Facts["tiles"][number]) => void): void {
    for (const own of facts.tiles) {
      const tile = this.tiles.find(({ root }) => root.dataset.tile === own.gate);
      if (tile) act(tile, own);
    }
  }

  private closeAll(stop: Stop): void {
    for (const tile of this.tiles) tile.close(stop);
    this.offer();
  }

  private tick(): void {
    const { facts } = this.standing;
    for (const tile of this.tiles) tile.tick(shortly(facts.grant));
    this.still.tick();
    this.standing.tick();
    const rest = Math.min(...this.tiles.filter((tile) => !tile.mayAskAgain).map(({ leftOver }) => leftOver));
    if (rest <= 0) this.closeAll(Stop.here("expired"));
    const mark = passed(SAID, this.before, rest);
    if (mark !== null) this.say(this.words.copy("left", { left: left(mark * 1000) }));
    this.before = rest;
    this.offer();
  }

  private get tile(): TileView | undefined {
    return this.tiles[this.chosen];
  }

  private choose(at: number): boolean {
    const tile = this.tiles[at];
    if (!tile) return false;
    this.chosen = at;
    for (const [other, { root }] of this.tiles.entries()) root.dataset.chosen = String(other === at);
    this.offer();
    return true;
  }

  /** Which acts there are now: a button that can't be used stays in its place. */
  private offer(): void {
    const may: Readonly<Record<string, boolean>> = {
      full: this.tile?.state === "live" || this.tile?.state === "lost",
      snapshot: this.tile?.state === "live",
      mark: this.tile?.state === "live",
      end: this.standing.facts.standing === "open" || this.standing.facts.standing === "granting",
      again: this.tiles.some(({ mayAskAgain }) => mayAskAgain),
    };
    for (const button of this.root.querySelectorAll<HTMLButtonElement>("[data-press]")) {
      button.disabled = may[button.dataset.press ?? ""] === false;
    }
  }

  private press(name: string): boolean {
    const acts: Readonly<Record<string, () => boolean>> = {
      full: () => this.fullScreen(),
      snapshot: () => this.act("snapshot"),
      mark: () => this.act("mark"),
      end: () => this.end(),
      again: () => this.again(),
      next: () => this.next(),
      help: () => this.help(),
    };
    const number = /^choose-([1-4])$/.exec(name)?.[1];
    if (number !== undefined) {
      const chosen = this.choose(Number(number) - 1);
      if (chosen) this.tile?.root.focus();
      return chosen;
    }
    return acts[name]?.() ?? false;
  }

  private help(): boolean {
    this.root.querySelector<HTMLElement>('[data-dialog-open="player-keys"]')?.click();
    return true;
  }

  /** Of a request over more cameras than a page shows, the next ones: a page of their own. */
  private next(): boolean {
    document.querySelector<HTMLElement>("a[data-next]")?.click();
    return true;
  }

  private fullScreen(): boolean {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void this.tile?.root.requestFullscreen().catch(() => undefined);
    return true;
  }

  /** A snapshot or a mark is an entry of the register first; without one there is none. */
  private act(what: "snapshot" | "mark"): boolean {
    const { tile } = this;
    if (tile?.state !== "live" || tile.nonce === "") return false;
    void this.record(tile, what).then((done) => {
      this.say(this.words.copy(done ? what : "unrecorded", { name: tile.name }));
    });
    return true;
  }

  private async record(tile: TileView, what: "snapshot" | "mark"): Promise<boolean> {
    const grant = shortly(this.standing.facts.grant);
    const taken = what === "snapshot" ? await snapshot(tile.video, tile.watermark(grant)) : null;
    if (what === "snapshot" && !taken) return false;
    const answer = await this.api.post(`${this.root.dataset.viewings}${tile.nonce}/${what}`, {});
    if (!("body" in answer)) return false;
    if (taken) save(taken, `${tile.name} ${new Date(this.clock.now()).toISOString().slice(0, 19)}.png`);
    return true;
  }

  /** The pictures close at once; the server hears of it as soon as it can. */
  private end(): boolean {
    this.closeAll(Stop.here("left"));
    this.still.end();
    void this.standing.tell(this.root.dataset.end ?? "").then((heard) => {
      this.say(this.words.copy(heard ? "ended" : "unended", {}));
    });
    return true;
  }

  /** Look again where the right still stands, else ask for another. */
  private again(): boolean {
    const { facts } = this.standing;
    if (!this.tiles.some(({ mayAskAgain }) => mayAskAgain)) return false;
    const { hands } = this;
    if (facts.standing !== "open" || hands === null || hands instanceof Stop || this.over()) {
      location.assign(this.root.dataset.again ?? "");
    } else this.each(facts, (tile, own) => tile.again(hands, own));
    return true;
  }

  private over(): boolean {
    const { closes, tiles } = this.standing.facts;
    const now = this.clock.now();
    return (closes !== null && closes <= now) || tiles.every(({ ends }) => ends <= now);
  }

  private say(sentence: string): void {
    part(this.root, "said").textContent = sentence;
  }
}

function save(picture: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(picture);
  link.download = name.replaceAll(":", "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function storeOf(): Promise<Phone | Stop> {
  if (!window.isSecureContext) return Stop.here("insecure");
  return openPhone(indexedDB).catch(() => Stop.here("storage"));
}

async function start(root: HTMLElement): Promise<void> {
  const said = root.querySelector('script[type="application/json"]')?.textContent ?? "null";
  const facts = readFacts(JSON.parse(said));
  if (!facts) throw new Error("the player's page says nothing that can be read");
  new Player(root, await storeOf(), facts).start();
}

for (const root of islands(document, "player")) void start(root);

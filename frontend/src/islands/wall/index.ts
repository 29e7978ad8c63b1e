/** The wall of a supervision centre: a screen with a key of its own. It shows a code until somebody adds it, then the map, the queue and
 *  the clock, and goes blank when it is removed. It has no control: nobody is behind it. */
import { apiOf, Problem } from "../../lib/api";
import { Lapse } from "../../lib/console/lapse";
import { Moments } from "../../lib/console/moment";
import { type Standing, Screen } from "../../lib/console/pairing";
import { Picture, type Told } from "../../lib/console/picture";
import { Reading } from "../../lib/console/reading";
import { Live } from "../../lib/console/stream";
import { openPhone } from "../../lib/phone";
import { islands } from "../../lib/stage";
import { fill, part } from "../console/fill";
import { QueueList } from "../console/lists";
import type { ConsoleMap } from "../console/map";
import { readAll } from "../console/told";

const SECOND = 1_000;
const ASK_EVERY = 5_000;
/** A session is proved anew long before it ends. */
const RENEWED_AT = 0.4;

class Wall {
  private readonly picture = new Picture((_layer, around) => !around);
  private readonly moments: Moments;
  private readonly list: QueueList;
  private readonly reading: Reading<Told>;
  private live: Live | null = null;
  private map: ConsoleMap | null = null;
  private turn = 0;
  private awake: WakeLockSentinel | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly screen: Screen,
  ) {
    const language = document.documentElement.lang || "fr";
    this.moments = new Moments(language, root.dataset.zone ?? "");
    this.list = new QueueList(root, new Lapse(language), () => undefined);
    this.reading = new Reading<Told>(
      {
        read: () => readAll(this.setting("state"), () => void this.prove()),
        begins: () => this.live?.pause(),
        found: (told) => void this.found(told),
        failed: () => undefined,
      },
      Date.now,
    );
    document.addEventListener("visibilitychange", () => void this.stayAwake());
    setInterval(() => this.tick(), SECOND);
    this.tick();
    void this.prove();
  }

  /** Say who this is: the answer says what to show, and when to say it again. */
  private async prove(): Promise<void> {
    clearTimeout(this.turn);
    const standing = await this.screen.prove();
    this.turn = window.setTimeout(() => void this.prove(), this.next(standing));
    if (standing instanceof Problem) return this.fail(standing);
    if (standing.state === "removed") return this.forget();
    if (standing.state === "waiting") return this.wait(standing);
    fill(this.root, { name: standing.name, authority: standing.authority });
    void this.stayAwake();
    if (this.live) return;
    this.root.dataset.state = "starting";
    this.reading.want();
  }

  private next(standing: Standing | Problem): number {
    return standing instanceof Problem || standing.state !== "paired"
      ? ASK_EVERY
      : standing.seconds * SECOND * RENEWED_AT;
  }

  /** Without a network what is shown grows old by itself; a screen that shows nothing yet says why. */
  private fail(problem: Problem): void {
    if (this.root.dataset.state !== "paired")
      this.root.dataset.state = problem.code === "network" ? "offline" : "refused";
  }

  private wait(standing: Standing & { readonly state: "waiting" }): void {
    if (this.live) return location.reload();
    this.root.dataset.state = standing.state;
    fill(this.root, { code: standing.code });
    const drawing = new DOMParser().parseFromString(standing.qr, "text/html").body.firstElementChild;
    if (drawing) part(this.root, "qr").replaceChildren(drawing);
  }

  /** Removed: nothing of what was shown is left, and the screen begins again with another key. */
  private async forget(): Promise<void> {
    clearTimeout(this.turn);
    this.root.dataset.state = "starting";
    await this.screen.renew();
    location.reload();
  }

  private async found(told: Told): Promise<void> {
    this.picture.take(told);
    this.root.dataset.state = "paired";
    this.root.dataset.filled = "true";
    this.list.show(this.picture.queue, Date.now());
    this.map?.update();
    if (this.live) return this.live.goOn(told.since);
    this.live = new Live(
      this.setting("live"),
      told.since,
      {
        change: (change) => {
          const { part: kind } = this.picture.change(change);
          if (kind === "alerts" && this.picture.queue.unsure) this.reading.want();
          this.list.show(this.picture.queue, Date.now());
        },
        again: () => this.reading.want(),
        closed: () => this.closed(),
        refused: () => this.reading.want(),
        fresh: (fresh, news) => this.age(!fresh, news),
      },
      (address) => new EventSource(address),
      Date.now,
    );
    await this.draw();
  }

  /** The server shows this screen nothing any more, or the session ran out: it is blank until it has proved who it is and read afresh. */
  private closed(): void {
    this.live = null;
    this.root.dataset.state = "starting";
    void this.prove();
  }

  private tick(): void {
    this.live?.tick();
    this.reading.tick();
    const now = new Date();
    fill(part(this.root, "clock"), { time: this.moments.precisely(now), day: this.moments.day(now) });
    if (this.root.dataset.filled) this.list.show(this.picture.queue, now.getTime());
  }

  private age(stale: boolean, news: number): void {
    this.root.dataset.fresh = String(!stale);
    fill(part(this.root, "stale"), { news: this.moments.precisely(new Date(news)) });
    part(this.root, "stale").hidden = !stale;
  }

  private async draw(): Promise<void> {
    if (this.map) return;
    const place = part(this.root, "map");
    try {
      const { ConsoleMap } = await import("../console/map");
      this.map = await ConsoleMap.open(place, this.picture.layers(), {
        label: place.dataset.label ?? "",
        drawing: this.setting("drawing"),
        tiles: this.setting("tiles"),
        still: true,
        pick: () => undefined,
        says: () => undefined,
      });
      this.root.dataset.map = "drawn";
    } catch {
      this.root.dataset.map = "none";
      part(this.root, "map-missing").hidden = false;
    }
  }

  /** A wall doesn't go to sleep, where the browser lets it say so. */
  private async stayAwake(): Promise<void> {
    if (!("wakeLock" in navigator) || document.visibilityState !== "visible" || this.awake?.released === false) return;
    this.awake = await navigator.wakeLock.request("screen").catch(() => null);
  }

  private setting(name: string): string {
    return this.root.dataset[`${name}Address`] ?? "";
  }
}

async function begin(root: HTMLElement): Promise<void> {
  if (!isSecureContext) {
    root.dataset.state = "insecure";
    return;
  }
  const { nonceAddress = "", sessionAddress = "" } = root.dataset;
  try {
    const phone = await openPhone(indexedDB);
    new Wall(root, new Screen({ api: apiOf(document), phone }, { nonce: nonceAddress, session: sessionAddress }));
  } catch {
    root.dataset.state = "storage";
  }
}

for (const root of islands(document, "wall")) void begin(root);

/** Where something is: the fields of a form, filled by a map, by the phone, by a photo; attributes and events in docs/developers/islands.md. */
import {
  type Asset,
  type Bounds,
  type Position,
  assetsOf,
  boundsOf,
  nearEnough,
  nearest,
  placeOf,
  pointsAddress,
  positionOf,
  readPosition,
  standsIn,
  within,
  written,
} from "../../lib/placing";
import { type Nearby, openNearby } from "../../lib/nearby";
import { islands } from "../../lib/stage";
import { copy, fill, part } from "../console/fill";
import { findMe } from "./phone";
import type { PlaceMap } from "./map";

/** Who says so: the pin under a hand, the fields, the phone, a photo, a draft, a thing of the town. */
type Source = "map" | "typed" | "phone" | "photo" | "draft" | "asset";
const FROM_OUTSIDE: readonly string[] = ["phone", "photo", "draft"];

class Place {
  private readonly latitude: HTMLInputElement;
  private readonly longitude: HTMLInputElement;
  private readonly bounds: Bounds | null;
  private readonly distance: Intl.NumberFormat;
  private map: PlaceMap | null = null;
  private position: Position | null;
  private source: Source = "typed";
  private assets: readonly Asset[] = [];
  private asset: Asset | null = null;
  private asking: AbortController | null = null;
  private asked = "";
  private nearby: Nearby | null = null;

  constructor(private readonly root: HTMLElement) {
    this.latitude = this.field("latitude");
    this.longitude = this.field("longitude");
    this.bounds = boundsOf(root.dataset.bounds ?? "");
    const language = document.documentElement.lang || "fr";
    this.distance = new Intl.NumberFormat(language, { style: "unit", unit: "meter", maximumFractionDigits: 0 });
    this.position = this.typed();
    this.fold();
    for (const field of [this.latitude, this.longitude]) field.addEventListener("change", () => this.retyped());
    root.addEventListener("beffroi:place", (event) => this.hear((event as CustomEvent<unknown>).detail));
    const on = (name: string, act: () => void) => part(root, name).addEventListener("click", act);
    on("here", () => void this.here());
    on("zoom-in", () => this.map?.zoom(1));
    on("zoom-out", () => this.map?.zoom(-1));
    this.say();
    this.wait();
    void this.remember();
  }

  /** Where nothing is kept (under a mandate, in a private window), what stands around is only asked for. */
  private async remember(): Promise<void> {
    const address = this.root.dataset.pointsUrl ?? "";
    const keeps = this.root.closest<HTMLElement>("[data-keep]")?.dataset.keep === "yes";
    if (address && keeps) this.nearby = await openNearby(indexedDB, address, Date.now).catch(() => null);
  }

  /** Numbers are for whoever has them: with a map they fold, unless they are wrong. */
  private fold(): void {
    const typed = part<HTMLDetailsElement>(this.root, "typed");
    typed.open = typed.querySelector("[aria-invalid=true], .errorlist") !== null;
  }

  /** The map comes when it is about to be seen: a step of a form may be hidden for long. */
  private wait(): void {
    const place = part(this.root, "map");
    const seen = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        seen.disconnect();
        void this.draw(place);
      },
      { rootMargin: "200px" },
    );
    seen.observe(part(this.root, "frame"));
  }

  private async draw(place: HTMLElement): Promise<void> {
    try {
      const { PlaceMap } = await import("./map");
      this.map = await PlaceMap.open(place, {
        label: place.dataset.label ?? "",
        drawing: this.root.dataset.drawing ?? "",
        tiles: this.root.dataset.tiles ?? "",
        bounds: this.bounds,
        at: this.position,
        moved: (to) => this.set(to, "map"),
        rests: (seen) => void this.rest(seen),
        pick: (asset, at) => this.pick(this.assets[asset], at),
      });
      this.map.canvas.setAttribute("aria-describedby", part(this.root, "keys").id);
      this.root.dataset.map = "drawn";
      // It may have been told elsewhere while it was drawn.
      if (this.position) this.map.go(this.position);
    } catch {
      this.root.dataset.map = "none";
      part(this.root, "map-missing").hidden = false;
      part<HTMLDetailsElement>(this.root, "typed").open = true;
    }
  }

  private field(name: string): HTMLInputElement {
    const found = part(this.root, name).querySelector("input");
    if (!found) throw new Error(`the place has no field "${name}"`);
    return found;
  }

  private typed(): Position | null {
    return readPosition(this.latitude.value, this.longitude.value);
  }

  private retyped(): void {
    const position = this.typed();
    if (position === null) return;
    this.set(position, "typed");
    this.map?.go(position);
  }

  /** A position from elsewhere in the page; what isn't one is not heard. */
  private hear(detail: unknown): void {
    const position = positionOf(detail);
    const { source } = (detail ?? {}) as { source?: unknown };
    if (position === null || typeof source !== "string" || !FROM_OUTSIDE.includes(source)) return;
    this.set(position, source as Source);
    this.map?.go(position);
  }

  private async here(): Promise<void> {
    const button = part(this.root, "here");
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    this.warn(null);
    const found = await findMe();
    button.removeAttribute("aria-busy");
    if (typeof found === "string") return this.warn(found);
    this.set(found, "phone", { far: this.distance.format(found.accuracy) });
    this.map?.go(found);
  }

  /** `near`: where it was meant, of what runs along a street. */
  private pick(asset: Asset | undefined, near = this.position): void {
    if (!asset) return;
    const at = near ? placeOf(asset, near) : asset.at;
    this.set(at, "asset", {}, asset);
    this.map?.go(at);
  }

  /** The pin stands there: fields, words, and whoever else wants to know. */
  private set(to: Position, source: Source, slots: Record<string, string> = {}, asset: Asset | null = null): void {
    this.position = { latitude: Number(written(to.latitude)), longitude: Number(written(to.longitude)) };
    this.source = source;
    this.asset = asset;
    this.latitude.value = written(to.latitude);
    this.longitude.value = written(to.longitude);
    this.hold("asset-kind", asset?.kind ?? "");
    this.hold("asset-id", asset?.id ?? "");
    // What a hand moved is said once it rests, with the name of the way.
    if (source !== "map") this.say(slots);
    this.list();
    const outside = this.outside();
    this.warn(outside ? "outside" : null);
    const detail = {
      ...this.position,
      source,
      outside,
      asset: asset && { id: asset.id, kind: asset.kind, label: asset.label },
    };
    this.root.dispatchEvent(new CustomEvent("beffroi:placed", { bubbles: true, detail }));
  }

  private hidden(name: string): HTMLInputElement | null {
    return this.root.querySelector<HTMLInputElement>(`[data-part="${name}"] input`);
  }

  private held(name: string): string {
    return this.hidden(name)?.value ?? "";
  }

  private hold(name: string, value: string): void {
    const field = this.hidden(name);
    if (field) field.value = value;
  }

  private outside(): boolean {
    return this.bounds !== null && this.position !== null && !within(this.position, this.bounds);
  }

  /** The map stands still: what is around, and which way it is. */
  private async rest(seen: Bounds): Promise<void> {
    if (this.position && this.source === "map") this.say(this.map?.near ? { way: this.map.way() } : { wide: "yes" });
    const address = this.root.dataset.pointsUrl ?? "";
    if (!address) return;
    const asked = nearEnough(seen) ? pointsAddress(address, seen) : "";
    if (asked === this.asked) return;
    this.asked = asked;
    this.asking?.abort();
    if (!asked) return this.surround([]);
    const asking = (this.asking = new AbortController());
    try {
      const answer = await fetch(asked, { headers: { accept: "application/geo+json" }, signal: asking.signal });
      const found = answer.ok ? assetsOf(await answer.json()) : [];
      this.surround(found.filter((asset) => standsIn(asset, seen)));
      if (found.length > 0) void this.nearby?.keep(found).catch(() => undefined);
    } catch {
      // Without a network what was seen there before; the next move asks again. Where nothing was, the pin is enough.
      if (asking.signal.aborted) return;
      this.asked = "";
      this.surround((await this.nearby?.within(seen).catch(() => [])) ?? []);
    }
  }

  private surround(assets: readonly Asset[]): void {
    this.assets = assets;
    const [kind, id] = [this.held("asset-kind"), this.held("asset-id")];
    this.asset ??= assets.find((one) => one.kind === kind && one.id === id) ?? null;
    this.list();
  }

  private list(): void {
    this.map?.show(this.assets, this.asset);
    if (!this.root.dataset.pointsUrl) return;
    const listed = this.position ? nearest(this.assets, this.position) : [];
    part(this.root, "things").hidden = listed.length === 0;
    const list = part(this.root, "list");
    const focused = list.contains(document.activeElement);
    const rows = listed.map(([asset, far]) => {
      const row = copy(this.root, "asset");
      const chosen = asset.id === this.asset?.id && asset.kind === this.asset.kind;
      fill(row, { label: asset.label, far: this.distance.format(Math.round(far)) });
      const button = row.querySelector("button");
      button?.setAttribute("aria-pressed", String(chosen));
      button?.addEventListener("click", () => this.pick(asset));
      return row;
    });
    list.replaceChildren(...rows);
    if (focused) list.querySelector<HTMLElement>("[aria-pressed=true], button")?.focus();
  }

  /** Where the pin is, in words that are read aloud when they change. */
  private say(slots: Record<string, string> = {}): void {
    const words = copy(this.root, this.position ? "placed" : "nowhere");
    const { latitude = 0, longitude = 0 } = this.position ?? {};
    const degrees = { latitude: latitude.toFixed(5), longitude: longitude.toFixed(5) };
    const label = this.asset?.label ?? "";
    fill(words, { way: "", far: "", label, ...degrees, ...slots }, { source: this.source });
    for (const place of words.querySelectorAll<HTMLElement>("[data-with]")) {
      place.hidden = !slots[place.dataset.with ?? ""];
    }
    const said = part(this.root, "said");
    if (said.textContent !== words.textContent) said.replaceChildren(words);
    this.root.dataset.state = this.position ? "placed" : "nowhere";
  }

  private warn(reason: string | null): void {
    const warned = part(this.root, "warned");
    if (reason === null) return warned.replaceChildren();
    const words = copy(this.root, "warning");
    fill(words, {}, { reason });
    warned.replaceChildren(words);
  }
}

for (const root of islands(document, "place")) new Place(root);

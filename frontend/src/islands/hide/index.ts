/** Faces and plates on a photo, hidden by finger, mouse or keyboard; attributes and events in docs/developers/islands.md. */
import { type Area, moved, readAreas, scaled, spanned, stretched, writeAreas } from "../../lib/hiding";
import { islands } from "../../lib/stage";
import { copy, fill, part } from "../console/fill";
import { Areas } from "./areas";
import { type Grip, Hands, type Point } from "./hands";
import { Picture } from "./picture";
import { View } from "./view";

/** One press of an arrow, in fractions of what is seen. */
const STEP = 0.01;
/** What a press hides: pixels of the screen, and a share of the photo's shorter side at most. */
const PRESSED = 64;
const PRESSED_SHARE = 0.25;
const GROWTH = 1.25;
const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

class Hide {
  private areas: Areas;
  private readonly board: HTMLElement;
  private readonly view: View;
  private readonly field: HTMLInputElement;
  private readonly percent: Intl.NumberFormat;
  private readonly times: Intl.NumberFormat;
  private picture: Picture | null = null;
  private held: Area | null = null;

  constructor(private readonly root: HTMLElement) {
    this.board = part(root, "board");
    this.view = new View(part(root, "frame"), this.board, (zoom) => this.enlarged(zoom));
    this.field = part<HTMLInputElement>(root, "areas");
    this.areas = new Areas(readAreas(this.field.value));
    const language = document.documentElement.lang || "fr";
    this.percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
    this.times = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
    root.addEventListener("beffroi:photo", (event) => void this.take((event as CustomEvent<unknown>).detail));
    const photo = root.querySelector<HTMLImageElement>('[data-part="photo"]');
    if (photo) void this.open(photo);
  }

  /** The photo of the page. */
  private async open(photo: HTMLImageElement): Promise<void> {
    try {
      await photo.decode();
      this.begin(photo, photo.naturalWidth, photo.naturalHeight);
      photo.hidden = true;
    } catch {
      this.say("unreadable");
    }
  }

  /** Other proportions of the frame: what is hidden is in fractions of it, and stays. */
  private frame(event: Event): void {
    const link = (event.target as Element).closest<HTMLAnchorElement>("[data-shown]");
    if (!link) return;
    event.preventDefault();
    const photo = new Image();
    photo.src = link.dataset.shown ?? "";
    void photo.decode().then(
      () => {
        this.begin(photo, photo.naturalWidth, photo.naturalHeight);
        for (const each of part(this.root, "frames").querySelectorAll("a")) each.removeAttribute("aria-current");
        link.setAttribute("aria-current", "page");
        // What is sent comes back in the same frame.
        history.replaceState(history.state, "", link.href);
      },
      () => this.say("unreadable"),
    );
  }

  /** A photo that was not sent yet, and what is hidden on it: the content policy lets a page show it on a canvas only. */
  private async take(detail: unknown): Promise<void> {
    const { blob, areas } = (detail ?? {}) as { blob?: unknown; areas?: unknown };
    if (!(blob instanceof Blob)) return;
    try {
      const bitmap = await createImageBitmap(blob);
      this.areas = new Areas(readAreas(JSON.stringify(areas ?? [])));
      this.field.value = writeAreas(this.areas.all);
      this.begin(bitmap, bitmap.width, bitmap.height);
      bitmap.close();
    } catch {
      this.say("unreadable");
    }
  }

  private begin(source: CanvasImageSource, width: number, height: number): void {
    const canvas = part<HTMLCanvasElement>(this.root, "picture");
    const first = this.picture === null;
    this.picture ??= new Picture(canvas);
    this.picture.take(source, width, height);
    this.board.style.setProperty("--aspect", String(width / height));
    canvas.hidden = false;
    part(this.root, "tools").hidden = false;
    this.root.dataset.state = "ready";
    if (first) this.listen();
    this.view.nearer(1);
    this.show();
  }

  private listen(): void {
    new Hands(this.board, {
      begins: (grip) => this.grasp(grip),
      drags: (grip, to) => this.drag(grip, to),
      drops: (grip, to) => this.drop(grip, to),
      presses: (grip) => this.press(grip),
      breaks: () => this.letGo(),
      pinches: (times, middle, by) => this.view.pinch(times, middle, by),
    });
    this.root.addEventListener("keydown", (event) => this.key(event));
    const on = (name: string, act: () => void) => part(this.root, name).addEventListener("click", act);
    on("add", () => this.add(this.view.middle(), true));
    on("undo", () => this.undo());
    on("zoom", () => this.view.next());
    on("bigger", () => this.scale(GROWTH));
    on("smaller", () => this.scale(1 / GROWTH));
    on("remove", () => this.remove());
    const frames = this.root.querySelector('[data-part="frames"]');
    frames?.addEventListener("click", (event) => this.frame(event));
    part(this.root, "marks").addEventListener("focusin", (event) => this.focused(event));
  }

  /** A square of a finger's size around that point. */
  private add([x, y]: Point, focus: boolean): void {
    const box = this.board.getBoundingClientRect();
    const side = Math.min(PRESSED, PRESSED_SHARE * Math.min(box.width, box.height));
    const [width, height] = [side / box.width, side / box.height];
    this.put([x - width / 2, y - height / 2, width, height], focus);
  }

  private put(area: Area, focus = false): void {
    if (!this.areas.add(area)) return this.say("most");
    this.changed();
    if (focus) this.focusChosen();
  }

  private grasp(grip: Grip): void {
    if (grip.on === "photo") {
      if (this.areas.full) this.say("most");
      return;
    }
    this.held = this.areas.at(grip.area) ?? null;
    this.areas.chosen = grip.area;
  }

  /** What the gesture makes of the area, which is kept only when it is dropped. */
  private made({ on, from }: Grip, to: Point): Area | null {
    if (on === "photo") return this.areas.full ? null : spanned(from, to);
    if (!this.held) return null;
    const [right, down] = [to[0] - from[0], to[1] - from[1]];
    const [x, y, width, height] = this.held;
    if (on === "area") return moved(this.held, right, down);
    if (on === "end") return stretched(this.held, right, down);
    return spanned([Math.min(x + right, x + width), Math.min(y + down, y + height)], [x + width, y + height]);
  }

  private drag(grip: Grip, to: Point): void {
    const area = this.made(grip, to);
    if (!area) return;
    const all = this.areas.all;
    this.draw(grip.on === "photo" ? [...all, area] : all.map((each, at) => (at === grip.area ? area : each)));
  }

  private drop(grip: Grip, to: Point): void {
    const area = this.made(grip, to);
    this.held = null;
    if (area && grip.on === "photo") this.put(area);
    else if (area && grip.area !== null) {
      this.areas.change(grip.area, area);
      this.changed();
    }
  }

  private letGo(): void {
    this.held = null;
    this.show();
  }

  private press(grip: Grip): void {
    if (grip.on === "photo") return this.add(grip.from, false);
    this.areas.chosen = grip.area;
    this.show();
    this.focusChosen();
  }

  private enlarged(zoom: number): void {
    const button = part(this.root, "zoom");
    button.setAttribute("aria-pressed", String(zoom > 1));
    fill(button, { times: zoom > 1 ? `×${this.times.format(zoom)}` : "" });
  }

  private key(event: KeyboardEvent): void {
    const undoes = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    const row = (event.target as Element).closest<HTMLElement>("[data-area]");
    const done = undoes ? this.undo() : row ? this.keyOn(Number(row.dataset.area), event) : false;
    if (done) event.preventDefault();
  }

  private keyOn(index: number, { key, shiftKey }: KeyboardEvent): boolean {
    const area = this.areas.at(index);
    const way = ARROWS[key];
    if (area && way) {
      const [right, down] = [(way[0] * STEP) / this.view.zoom, (way[1] * STEP) / this.view.zoom];
      const act = shiftKey ? stretched : moved;
      this.areas.change(index, act(area, right, down), shiftKey ? "size" : "move");
      this.changed();
      this.focusChosen();
      const [x, y, width, height] = (this.areas.at(index) ?? area).map((each) => this.percent.format(each));
      this.say("moved", { x: x ?? "", y: y ?? "", width: width ?? "", height: height ?? "" });
      return true;
    }
    if (key !== "Delete" && key !== "Backspace") return false;
    this.remove();
    return true;
  }

  private focused(event: FocusEvent): void {
    const row = (event.target as Element).closest<HTMLElement>("[data-area]");
    const index = row ? Number(row.dataset.area) : null;
    if (index === this.areas.chosen) return;
    this.areas.chosen = index;
    this.show();
  }

  private scale(times: number): void {
    const { chosen } = this.areas;
    const area = this.areas.at(chosen);
    if (chosen === null || !area) return;
    this.areas.change(chosen, scaled(area, times), "scale");
    this.changed();
  }

  private remove(): void {
    if (this.areas.chosen === null) return;
    this.areas.remove(this.areas.chosen);
    this.changed();
    if (this.areas.chosen === null) part(this.root, "add").focus();
    else this.focusChosen();
  }

  private undo(): boolean {
    if (!this.areas.undo()) return false;
    this.changed();
    return true;
  }

  private changed(): void {
    this.field.value = writeAreas(this.areas.all);
    this.show();
    this.say("count", { count: String(this.areas.all.length) });
    this.root.dispatchEvent(new CustomEvent("beffroi:areas", { bubbles: true, detail: { areas: this.areas.all } }));
  }

  private show(): void {
    this.draw(this.areas.all);
    part(this.root, "undo").setAttribute("aria-disabled", String(!this.areas.changed));
    part(this.root, "chosen").hidden = this.areas.chosen === null;
  }

  /** The photo and the edges over it. Rows stay the same elements: a focus and a finger are on them. */
  private draw(areas: readonly Area[]): void {
    this.picture?.draw(areas);
    const marks = part(this.root, "marks");
    while (marks.children.length > areas.length) marks.lastElementChild?.remove();
    areas.forEach(([x, y, width, height], at) => {
      const row = (marks.children[at] as HTMLElement | undefined) ?? this.row(marks, at);
      const sides = { left: x, top: y, width, height };
      for (const [side, value] of Object.entries(sides)) row.style.setProperty(side, `${value * 100}%`);
      const chosen = at === this.areas.chosen;
      row.querySelector("button")?.setAttribute("aria-pressed", String(chosen));
      for (const handle of row.querySelectorAll<HTMLElement>("[data-corner]")) handle.hidden = !chosen;
    });
  }

  private row(marks: HTMLElement, at: number): HTMLElement {
    const row = copy(this.root, "area");
    row.dataset.area = String(at);
    fill(row, { number: String(at + 1) });
    row.querySelector("button")?.setAttribute("aria-describedby", part(this.root, "keys").id);
    marks.append(row);
    return row;
  }

  private focusChosen(): void {
    const row = part(this.root, "marks").children[this.areas.chosen ?? -1];
    row?.querySelector("button")?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private say(name: string, slots: Readonly<Record<string, string>> = {}): void {
    const words = copy(this.root, name);
    fill(words, slots);
    part(this.root, "said").replaceChildren(words);
  }
}

const begin = (page: ParentNode) => {
  for (const root of islands(page, "hide")) new Hide(root);
};
begin(document);
// A part of the page that came after it: whoever put it there says so.
document.addEventListener("beffroi:added", ({ target }) => begin(target as Element));

/** The desk's list by keyboard: one row after the other, chosen or not; what the keys are stands in the page, and works without them. */
import { Remembered } from "../../lib/console/remembered";
import { islands } from "../../lib/stage";
import { part } from "../console/fill";
import { bindingsOf, startKeys } from "../console/keys";

class Desk {
  private readonly kept = new Remembered(localStorage);
  private readonly boxes: readonly HTMLInputElement[];
  private readonly page: HTMLInputElement;

  constructor(private readonly root: HTMLElement) {
    this.boxes = Array.from(root.querySelectorAll<HTMLInputElement>('input[name="chosen"]'));
    this.page = part<HTMLInputElement>(root, "page");
    this.page.addEventListener("change", () => this.chooseAll(this.page.checked));
    root.addEventListener("change", () => this.count());
    const dialog = document.getElementById("desk-keys");
    if (!dialog) throw new Error("the page has no keys");
    const single = part<HTMLInputElement>(dialog, "single-keys");
    single.checked = !this.kept.has("keys", "few");
    single.addEventListener("change", () => this.kept.set("keys", "few", !single.checked));
    startKeys(
      bindingsOf(part(dialog, "keys")),
      (name) => this.press(name),
      () => !this.kept.has("keys", "few"),
    );
    this.count();
  }

  private press(name: string): boolean {
    const acts: Record<string, () => boolean> = {
      next: () => this.step(1),
      previous: () => this.step(-1),
      choose: () => this.toggle(),
      page: () => this.chooseAll(!this.boxes.every((box) => box.checked)),
      open: () => this.open(),
      acts: () => this.focus(this.root.querySelector<HTMLElement>('button[name="act"]')),
      help: () => {
        document.querySelector<HTMLElement>('[data-dialog-open="desk-keys"]')?.click();
        return true;
      },
    };
    return acts[name]?.() ?? false;
  }

  /** Where the keyboard is: the row of what has the focus. */
  private at(): number {
    const row = document.activeElement?.closest("tr");
    return row ? this.boxes.findIndex((box) => box.closest("tr") === row) : -1;
  }

  private step(by: 1 | -1): boolean {
    const at = this.at();
    const next = at < 0 ? (by === 1 ? 0 : this.boxes.length - 1) : at + by;
    return this.focus(this.boxes[next]?.closest("tr")?.querySelector("th a") ?? null);
  }

  private focus(place: HTMLElement | null): boolean {
    if (!place) return false;
    place.focus();
    place.scrollIntoView({ block: "nearest" });
    return true;
  }

  private toggle(): boolean {
    const box = this.boxes[this.at()];
    if (!box) return false;
    box.checked = !box.checked;
    this.count();
    return true;
  }

  private chooseAll(chosen: boolean): boolean {
    for (const box of this.boxes) box.checked = chosen;
    this.count();
    return true;
  }

  private open(): boolean {
    const link = this.boxes[this.at()]?.closest("tr")?.querySelector<HTMLAnchorElement>("th a");
    link?.click();
    return link !== null && link !== undefined;
  }

  private count(): void {
    const chosen = this.boxes.filter((box) => box.checked).length;
    this.page.checked = chosen > 0 && chosen === this.boxes.length;
    this.page.indeterminate = chosen > 0 && chosen < this.boxes.length;
    const said = part(this.root, "count");
    said.hidden = chosen === 0;
    part(said, "number").textContent = String(chosen);
  }
}

for (const root of islands(document, "desk")) new Desk(root);

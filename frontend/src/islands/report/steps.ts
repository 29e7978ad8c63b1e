/** One part of the form at a time, in the page's order; the page without a script shows all of them. */
import { copy, fill, part } from "../console/fill";

export class Steps {
  private readonly sections: HTMLElement[];
  private at = 0;

  /** `ready` says whether a step has something to show, before it is shown: the ones that haven't are passed over. */
  constructor(
    private readonly root: HTMLElement,
    private readonly form: HTMLFormElement,
    private readonly ready: (step: string) => Promise<boolean>,
  ) {
    const order = (root.dataset.order ?? "").split(" ");
    this.sections = order.map((name) => {
      const section = root.querySelector<HTMLElement>(`[data-step="${name}"]`);
      if (!section) throw new Error(`the page has no step "${name}"`);
      return section;
    });
    part(root, "next").addEventListener("click", () => void this.move(1));
    part(root, "back").addEventListener("click", () => void this.move(-1));
    root.dataset.steps = "on";
    this.show(0, false);
  }

  begin(): void {
    this.show(0, false);
  }

  /** The step where a field stands. */
  open(field: string): void {
    const named = this.form.elements.namedItem(field);
    const element = named instanceof RadioNodeList ? named[0] : named;
    const found = this.sections.findIndex((section) => element instanceof Node && section.contains(element));
    this.show(found < 0 ? 0 : found, true);
  }

  /** The first step that lacks what it must have: shown, with its own words; false when none does. */
  lacking(): boolean {
    const lacking = this.sections.findIndex((section) => this.lacks(section));
    if (lacking < 0) return false;
    this.show(lacking, true);
    this.complain(this.sections[lacking]);
    return true;
  }

  /** A step that was complained of has what it lacked. */
  settle(): void {
    const section = this.sections[this.at];
    const said = section?.querySelector<HTMLElement>("[data-part=missing]");
    if (section && said && !this.lacks(section)) said.replaceChildren();
  }

  private lacks(section: HTMLElement): boolean {
    const typed = new FormData(this.form);
    return (section.dataset.needs ?? "").split(" ").some((name) => name !== "" && !typed.get(name));
  }

  private complain(section: HTMLElement | undefined): void {
    const said = section?.querySelector<HTMLElement>("[data-part=missing]");
    said?.replaceChildren(copy(this.root, `missing-${section?.dataset.step ?? ""}`));
  }

  private async move(way: 1 | -1): Promise<void> {
    const next = part(this.root, way === 1 ? "next" : "back");
    if (next.getAttribute("aria-busy") === "true") return;
    const here = this.sections[this.at];
    if (way === 1 && here && this.lacks(here)) return this.complain(here);
    next.setAttribute("aria-busy", "true");
    let to = this.at + way;
    while (to > 0 && to < this.sections.length - 1 && !(await this.ready(this.sections[to]?.dataset.step ?? "")))
      to += way;
    next.removeAttribute("aria-busy");
    this.show(to, true);
  }

  private show(to: number, focus: boolean): void {
    this.at = Math.min(Math.max(to, 0), this.sections.length - 1);
    for (const [index, section] of this.sections.entries()) section.hidden = index !== this.at;
    const last = this.at === this.sections.length - 1;
    part(this.root, "back").hidden = this.at === 0;
    part(this.root, "next").hidden = last;
    part(this.root, "send").hidden = !last;
    const counted = part(this.root, "progress");
    fill(counted, { step: String(this.at + 1), steps: String(this.sections.length) });
    counted.hidden = false;
    const bar = counted.querySelector("progress");
    if (bar) Object.assign(bar, { max: this.sections.length, value: this.at + 1 });
    if (!focus) return;
    const title = this.sections[this.at]?.querySelector<HTMLElement>("[data-title]");
    title?.focus({ preventScroll: true });
    counted.scrollIntoView({ block: "start" });
  }
}

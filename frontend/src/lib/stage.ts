/** A place in a page that shows one state at a time. Every word comes from the page's own `<template>`s, so that Django
 *  translates them; the script only chooses.
 *
 *  Inside the root: `[data-part="stage"]` (a live region), `[data-part="act"]` (the one button) and, where wanted,
 *  `[data-part="more"]`. A `<template data-state="…">` or `<template data-reason="…">` holds elements with the same
 *  `data-part`, whose children take the place of the former ones; the button itself stays, and so does the focus.
 *  What has `data-when="ready again"` is there in those states only. */

export type Slots = Readonly<Record<string, string>>;

export class Stage {
  readonly act: HTMLButtonElement;

  constructor(readonly root: HTMLElement) {
    const act = root.querySelector<HTMLButtonElement>('[data-part="act"]');
    if (!act) throw new Error('the island has no [data-part="act"]');
    this.act = act;
  }

  get state(): string {
    return this.root.dataset.state ?? "";
  }

  /** Show a state; while `busy` the button takes no press. */
  show(state: string, slots: Slots = {}, busy = false): void {
    this.fill(this.template("state", state), state, slots, busy);
  }

  /** Show why it didn't work: the template of the first code that has one, else the one for everything else (`data-reason=""`).
   *  The template says by `data-tone` which state that is: `refused` unless it says `again`. */
  refuse(codes: readonly string[], slots: Slots = {}): void {
    const found = [...codes, ""].map((code) => this.template("reason", code)).find((template) => template !== null);
    const tone = found?.dataset.tone === "again" ? "again" : "refused";
    this.fill(found ?? null, tone, { code: codes[0] ?? "", ...slots }, false);
    this.root.dataset.reason = codes[0] ?? "";
  }

  /** Fill a slot of what is shown: text, or the address of a link, which is then no longer hidden. */
  slot(name: string, value: string): void {
    for (const place of this.root.querySelectorAll<HTMLElement>(`[data-slot="${name}"]`)) {
      if (place instanceof HTMLAnchorElement) place.href = value;
      else place.textContent = value;
      place.hidden = value === "";
    }
  }

  private template(kind: "state" | "reason", value: string): HTMLTemplateElement | null {
    const all = this.root.querySelectorAll<HTMLTemplateElement>(`template[data-${kind}]`);
    return Array.from(all).find((template) => template.getAttribute(`data-${kind}`) === value) ?? null;
  }

  private fill(template: HTMLTemplateElement | null, state: string, slots: Slots, busy: boolean): void {
    this.root.dataset.state = state;
    delete this.root.dataset.reason;
    const content = template?.content.cloneNode(true) as DocumentFragment | undefined;
    for (const part of this.root.querySelectorAll<HTMLElement>("[data-part]")) {
      const fresh = content?.querySelector(`[data-part="${part.dataset.part}"]`);
      if (fresh) part.replaceChildren(...fresh.childNodes);
      else if (part.dataset.part === "more") part.replaceChildren();
    }
    for (const place of this.root.querySelectorAll<HTMLElement>("[data-when]")) {
      place.hidden = !(place.dataset.when ?? "").split(" ").includes(state);
    }
    for (const [name, value] of Object.entries(slots)) this.slot(name, value);
    if (busy) this.act.setAttribute("aria-busy", "true");
    else this.act.removeAttribute("aria-busy");
  }
}

/** The islands of one name in a page. */
export function islands(page: ParentNode, name: string): HTMLElement[] {
  return Array.from(page.querySelectorAll<HTMLElement>(`[data-island="${name}"]`));
}

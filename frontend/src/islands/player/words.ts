/** The page's own words for a state, and for a reason: `<template data-state>`, `<template data-reason>`, `<template data-copy>`;
 *  one template may be for several, with a space between. */
import { fill } from "../console/fill";

export type Slots = Readonly<Record<string, string>>;

export class Words {
  constructor(private readonly root: HTMLElement) {}

  /** What a state says, its slots filled. */
  state(name: string, slots: Slots): DocumentFragment {
    return this.filled("state", name, slots);
  }

  /** A sentence of the page. */
  copy(name: string, slots: Slots): string {
    return textOf(this.filled("copy", name, slots));
  }

  /** Why: the words for the first code that has some, else those for everything else, which name the code. */
  why(codes: readonly string[]): string {
    const [first] = codes;
    if (first === undefined) return "";
    const found = codes.find((code) => this.template("reason", code) !== null) ?? "";
    const words = this.filled("reason", found, { code: first });
    return textOf(words);
  }

  private filled(kind: "state" | "reason" | "copy", name: string, slots: Slots): DocumentFragment {
    const template = this.template(kind, name);
    if (!template) throw new Error(`the page has no <template data-${kind}="${name}">`);
    const content = template.content.cloneNode(true) as DocumentFragment;
    fill(content, slots);
    return content;
  }

  private template(kind: string, name: string): HTMLTemplateElement | null {
    const all = this.root.querySelectorAll<HTMLTemplateElement>(`template[data-${kind}]`);
    const codes = (template: HTMLTemplateElement) => (template.getAttribute(`data-${kind}`) ?? "").split(" ");
    return Array.from(all).find((template) => codes(template).includes(name)) ?? null;
  }
}

/** What it says, one paragraph after the other. */
export function textOf(content: ParentNode & Node): string {
  const paragraphs = Array.from(content.querySelectorAll("p"), (each) => each.textContent);
  const whole = paragraphs.length > 0 ? paragraphs.filter((each) => each !== "").join(" – ") : content.textContent;
  return (whole ?? "").replace(/\s+/g, " ").trim();
}

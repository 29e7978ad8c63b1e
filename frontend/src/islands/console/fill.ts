/** Filling a piece of the page: texts and addresses into slots, and which of its words apply. No word comes from here. */

export type Slots = Readonly<Record<string, string>>;

/** `[data-slot=name]` takes a text (an `<a>` an address, a `<time>` with `data-moment` its datetime); `[data-case="name value …"]` is there for those values only. */
export function fill(root: ParentNode, slots: Slots, cases: Slots = {}): void {
  for (const place of root.querySelectorAll<HTMLElement>("[data-slot]")) {
    const value = slots[place.dataset.slot ?? ""];
    if (value === undefined) continue;
    if (place instanceof HTMLAnchorElement) place.href = value;
    else if (place.textContent !== value) place.textContent = value;
    place.hidden = value === "";
  }
  for (const place of root.querySelectorAll<HTMLElement>("[data-case]")) {
    const [name = "", ...values] = (place.dataset.case ?? "").split(" ");
    const value = cases[name];
    if (value !== undefined) place.hidden = !values.includes(value);
  }
}

/** The element of the page that bears this `data-part`; a page without it is a mistake of ours. */
export function part<T extends HTMLElement = HTMLElement>(root: HTMLElement, name: string): T {
  const found = root.querySelector<T>(`[data-part="${name}"]`);
  if (!found) throw new Error(`the page has no [data-part="${name}"]`);
  return found;
}

/** A fresh copy of the first element of `<template data-copy=name>`. */
export function copy(root: HTMLElement, name: string): HTMLElement {
  const template = root.querySelector<HTMLTemplateElement>(`template[data-copy="${name}"]`);
  const found = template?.content.firstElementChild?.cloneNode(true);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no <template data-copy="${name}">`);
  return found;
}

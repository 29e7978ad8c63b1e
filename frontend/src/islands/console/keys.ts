/** The keyboard of the console: what each key does is the page's own table, which the help shows. Keys are named by what they write, so
 *  that they are the same on AZERTY, those of the numeric pad by where they are. */

/** One line of the table. */
export interface Binding {
  readonly act: string;
  readonly keys: ReadonlySet<string>;
  readonly codes: ReadonlySet<string>;
  /** In the list of alerts only: letters, so that nobody who speaks to a machine or mistypes sets something off. */
  readonly inQueue: boolean;
  readonly repeats: boolean;
}

/** What was pressed, and where. */
export interface Press {
  readonly key: string;
  readonly code: string;
  readonly inQueue: boolean;
  /** Keys of one character work from anywhere; a person may turn that off (WCAG 2.1.4). */
  readonly single: boolean;
}

/** Where every key but the function keys belongs to something else, and where only those that press it do. */
const FIELDS = "input, select, textarea, dialog, [contenteditable], canvas";
const PRESSED = "button, a[href], summary";
const PRESSES = new Set(["Enter", " "]);

const words = (text: string | undefined) => new Set((text ?? "").split(" ").filter((word) => word !== ""));

export function bindingsOf(table: HTMLElement): Binding[] {
  return Array.from(table.querySelectorAll<HTMLElement>("[data-act]"), (line) => ({
    act: line.dataset.act ?? "",
    keys: words(line.dataset.keys),
    codes: words(line.dataset.codes),
    inQueue: line.dataset.scope === "queue",
    repeats: line.dataset.repeats === "true",
  }));
}

export function bindingFor(bindings: readonly Binding[], press: Press): Binding | undefined {
  const meant = (one: Binding) =>
    one.codes.has(press.code) || one.keys.has(press.key) || one.keys.has(lower(press.key));
  const found = bindings.filter((one) => meant(one) && (press.inQueue || !one.inQueue));
  const best = found.find((one) => one.inQueue) ?? found[0];
  const character = press.key.length === 1 && !best?.inQueue;
  return character && !press.single ? undefined : best;
}

function lower(key: string): string {
  return key.length === 1 ? key.toLowerCase() : key;
}

/** `act` returns false when there was nothing to do: the key then does what it does in any page. */
export function startKeys(bindings: readonly Binding[], act: (name: string) => boolean, single: () => boolean): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const inQueue = target.closest('[data-part="queue"]') !== null;
    const found = bindingFor(bindings, { key: event.key, code: event.code, inQueue, single: single() });
    if (!found || (event.repeat && !found.repeats) || document.querySelector("dialog[open]")) return;
    if (!/^F\d+$/.test(event.key) && !inQueue && taken(target, event.key)) return;
    if (act(found.act)) event.preventDefault();
  });
}

function taken(target: Element, key: string): boolean {
  return target.closest(FIELDS) !== null || (PRESSES.has(key) && target.closest(PRESSED) !== null);
}

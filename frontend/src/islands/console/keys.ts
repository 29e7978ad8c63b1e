/** The keyboard of the console. Arrows, Enter and function keys work from anywhere; letters only where the queue has the focus, so that
 *  nobody who speaks to a machine or mistypes sets something off. Keys are named by what they write: the same on AZERTY. */

export interface Acts {
  /** Returns false when there is nothing to go through: the key then does what it does in any page. */
  step(by: 1 | -1): boolean;
  take(): void;
  release(): void;
  look(): void;
  open(): void;
  leave(): void;
}

/** Where keys belong to something else: fields, buttons, links, menus, the map itself. */
const TAKEN = "input, select, textarea, button, a[href], summary, dialog, [contenteditable], canvas";

export function startKeys(root: HTMLElement, acts: Acts): void {
  const everywhere: Record<string, () => unknown> = {
    ArrowDown: () => acts.step(1),
    ArrowUp: () => acts.step(-1),
    Enter: () => acts.take(),
    Escape: () => acts.leave(),
    F1: () => root.querySelector<HTMLElement>("[data-dialog-open]")?.click(),
  };
  const inQueue: Record<string, () => unknown> = {
    u: () => acts.release(),
    m: () => acts.look(),
    o: () => acts.open(),
    "?": () => root.querySelector<HTMLElement>("[data-dialog-open]")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) {
      if (!event.repeat || !event.key.startsWith("Arrow")) return;
    }
    const target = event.target instanceof Element ? event.target : null;
    const queue = target?.closest('[data-part="queue"]') !== null && target !== null;
    const act = (queue ? inQueue[event.key.toLowerCase()] : undefined) ?? everywhere[event.key];
    if (!act || (event.key !== "F1" && !queue && target?.closest(TAKEN))) return;
    if (event.key === "Escape" && !queue && target !== document.body) return;
    if (act() !== false) event.preventDefault();
  });
}

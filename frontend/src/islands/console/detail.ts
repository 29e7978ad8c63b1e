/** What the server says of the thing or the alert that is chosen, beside what the screen knows by itself: rule, steps, who was told. */
import type { Lapse } from "../../lib/console/lapse";
import { within } from "../../lib/patience";

/** However many changes there are, asked for so often at most. */
const AGAIN_AFTER = 2_000;
const READ_WITHIN = 20_000;

export class Detail {
  private shown = "";
  private wanted = false;
  private reading = false;
  private read = -Infinity;

  constructor(
    private readonly place: HTMLElement,
    private readonly lapse: Lapse,
    private readonly clock: () => number,
  ) {}

  /** Show what is at this address; nothing when it is empty. */
  show(address: string): void {
    if (address === this.shown) return;
    this.shown = address;
    this.place.replaceChildren();
    this.wanted = address !== "";
    this.read = -Infinity;
    this.tick();
  }

  /** Something changed: read it again soon. */
  refresh(): void {
    this.wanted = this.shown !== "";
    this.tick();
  }

  /** Called every second or so: countdowns go on, and what fell due is read again. */
  tick(): void {
    const now = this.clock();
    for (const place of this.place.querySelectorAll<HTMLElement>("[data-until]")) {
      const left = this.lapse.until(place.dataset.until ?? "", now);
      if (place.textContent !== left) place.textContent = left;
      if (left === "" && now - this.read > AGAIN_AFTER) this.wanted = true;
    }
    if (this.wanted && !this.reading && now - this.read >= AGAIN_AFTER) void this.ask();
  }

  private async ask(): Promise<void> {
    const address = this.shown;
    this.wanted = false;
    this.reading = true;
    this.read = this.clock();
    const found = await fragment(address);
    this.reading = false;
    if (address !== this.shown) {
      this.read = -Infinity;
      this.wanted = this.shown !== "";
    } else if (found && !this.place.contains(document.activeElement)) this.place.replaceChildren(found);
    this.tick();
  }
}

async function fragment(address: string): Promise<DocumentFragment | null> {
  try {
    const text = await within(READ_WITHIN, async (signal) => {
      const answer = await fetch(address, { cache: "no-store", redirect: "error", signal });
      return answer.ok ? answer.text() : null;
    });
    if (text === null) return null;
    const page = new DOMParser().parseFromString(text, "text/html");
    const found = document.createDocumentFragment();
    found.append(...page.body.childNodes);
    return found;
  } catch {
    return null;
  }
}

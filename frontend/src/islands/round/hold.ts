/** Forms that wait for a network with their photos, on the page where they were filled in: `[data-holds]` around them. */
import { csrfToken } from "../../lib/csrf";
import { within } from "../../lib/patience";

/** "lost": the network went away again. */
export type Outcome = "taken" | "refused" | "lost";

export interface Ports {
  /** Whether the server answers now, to somebody it knows. */
  reachable(): Promise<boolean>;
  send(form: HTMLFormElement): Promise<Outcome>;
  /** It was taken: the page as it is now. */
  taken(): void;
  /** It wasn't: its own page says why. */
  refused(form: HTMLFormElement, by: HTMLElement | null): void;
}

const AGAIN = 20_000;
const PATIENCE = 8_000;
/** The round is somebody else's by now, or was dropped: what is sent is refused, and its own page says so; no network changes that. */
const THEIRS_NO_MORE = [403, 404];

/** A session that is over leads elsewhere, as a hotel that asks for a room number does: nothing is sent then. */
function reachableBy(address: string): () => Promise<boolean> {
  return () =>
    within(PATIENCE, async (signal) => {
      const answer = await fetch(address, { cache: "no-store", redirect: "manual", signal });
      return answer.ok || THEIRS_NO_MORE.includes(answer.status);
    }).catch(() => false);
}

/** By the page itself: a navigation that fails takes the page away, and what was chosen on it. */
async function post(form: HTMLFormElement): Promise<Outcome> {
  const headers = { "X-CSRFToken": csrfToken(form.ownerDocument) };
  const options = { method: "POST", credentials: "same-origin", redirect: "manual", headers } as const;
  const answer = await fetch(form.action, { ...options, body: new FormData(form) }).catch(() => null);
  if (answer === null || answer.status >= 500) return "lost";
  return answer.type === "opaqueredirect" ? "taken" : "refused";
}

function sendIt(form: HTMLFormElement, by: HTMLElement | null): void {
  if (by instanceof HTMLButtonElement && by.form === form) form.requestSubmit(by);
  else form.requestSubmit();
}

/** `address`: the page of the round. What was refused is shown at the address that it was sent to, where nothing is to be read. */
export function portsOf(address: string): Ports {
  return { reachable: reachableBy(address), send: post, taken: () => location.assign(address), refused: sendIt };
}

export class Hold {
  private readonly sure = new Set<HTMLFormElement>();
  private held: { readonly form: HTMLFormElement; readonly by: HTMLElement | null } | null = null;
  private asking = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly words: HTMLTemplateElement,
    private readonly ports: Ports,
  ) {
    // Before anything else hears of it: what doesn't leave was not sent.
    document.addEventListener("submit", (event) => this.submitted(event), { capture: true });
    window.addEventListener("online", () => void this.leave());
    document.addEventListener("visibilitychange", () => void this.leave());
    setInterval(() => void this.leave(), AGAIN);
    window.addEventListener("beforeunload", (event) => {
      if (this.held) event.preventDefault();
    });
  }

  private submitted(event: SubmitEvent): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !this.root.contains(form) || this.sure.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    // Pressed twice: it is on its way.
    if (this.asking && this.held?.form === form) return;
    this.say(this.held?.form, false);
    this.held = { form, by: event.submitter ?? null };
    void this.leave();
  }

  /** Once the server answers it leaves as if it were sent now; until then it stays, and says so. */
  async leave(): Promise<void> {
    const { held } = this;
    if (!held || this.asking) return;
    this.asking = true;
    held.by?.setAttribute("aria-busy", "true");
    const outcome = (await this.ports.reachable()) ? await this.ports.send(held.form) : "lost";
    held.by?.removeAttribute("aria-busy");
    this.asking = false;
    // Another was pressed meanwhile: it is its turn.
    if (this.held !== held) return this.leave();
    if (outcome === "lost") return this.say(held.form, true);
    this.held = null;
    this.say(held.form, false);
    if (outcome === "taken") return this.ports.taken();
    this.sure.add(held.form);
    this.ports.refused(held.form, held.by);
  }

  private say(form: HTMLFormElement | undefined, waits: boolean): void {
    const said = form?.querySelector("[data-held]");
    if (!waits) said?.remove();
    else if (form && !said) form.append(this.words.content.cloneNode(true));
  }
}

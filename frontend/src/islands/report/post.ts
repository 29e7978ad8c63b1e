/** When reports leave by themselves: the network is back, the page is looked at again, their time has come, or the browser says so. */
import { csrfToken } from "../../lib/csrf";
import { deliver, type Ports } from "../../lib/reports/delivery";
import type { Outbox } from "../../lib/reports/outbox";
import { nextDue } from "../../lib/reports/sending";

/** Known to the service worker too. */
const NAME = "beffroi-reports";

type Syncing = ServiceWorkerRegistration & { readonly sync?: { register(tag: string): Promise<void> } };

export class Post {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly owner: string,
    private readonly changed: () => Promise<void>,
  ) {
    window.addEventListener("online", () => void this.leave(true));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.leave(true);
    });
  }

  /** Send what is due; what stays is tried again, by the browser too where it knows how, page or no page. */
  async leave(eager = false): Promise<void> {
    const left = await deliver(this.ports(), this.owner, eager);
    await this.changed();
    clearTimeout(this.timer);
    const next = nextDue(await this.outbox.all(), this.owner, Date.now());
    if (next !== null) this.timer = setTimeout(() => void this.leave(), Math.max(1_000, next - Date.now()));
    if (left > 0) await this.wake().catch(() => undefined);
  }

  private async wake(): Promise<void> {
    const worker = (await navigator.serviceWorker?.getRegistration()) as Syncing | undefined;
    await worker?.sync?.register(NAME);
  }

  private ports(): Ports {
    return {
      outbox: this.outbox,
      fetch: (address, options) => fetch(address, options),
      token: async () => csrfToken(document),
      now: () => Date.now(),
      random: () => Math.random(),
      alone: async (work) => {
        if ("locks" in navigator) await navigator.locks.request(NAME, work);
        else await work();
      },
    };
  }
}

/** A part of a page that is read again when something it is about has changed, until it waits for nothing; described in docs/developers/islands.md. */
import { type Change, Live } from "../../lib/console/stream";
import { islands } from "../../lib/stage";

const TICK = 1_000;

class Again {
  private readonly live: Live;
  private readonly ticking: ReturnType<typeof setInterval>;
  private readonly subjects: readonly string[];
  private asking = false;
  private wanted = false;

  constructor(private readonly root: HTMLElement) {
    const { liveAddress = "", since = "", subjects = "" } = root.dataset;
    this.subjects = subjects.split(" ").filter((each) => each !== "");
    this.live = new Live(
      liveAddress,
      since,
      {
        change: (change) => this.concerns(change) && this.want(),
        again: () => this.want(),
        closed: () => this.stop(),
        fresh: () => undefined,
        // Too many screens of one person, or a server that starts: read at least as often as the stream is tried.
        refused: () => this.want(),
      },
      (address) => new EventSource(address),
      Date.now,
    );
    this.ticking = setInterval(() => this.live.tick(), TICK);
  }

  private concerns({ topic, things }: Change): boolean {
    return topic === this.root.dataset.topic && this.subjects.some((subject) => subject in things);
  }

  /** What changes while it is being read is read after it. */
  private want(): void {
    this.wanted = true;
    if (!this.asking) void this.read();
  }

  private async read(): Promise<void> {
    this.asking = true;
    while (this.wanted) {
      this.wanted = false;
      const fresh = await this.fetched();
      if (fresh) this.show(fresh);
    }
    this.asking = false;
  }

  /** The same part of the page as it is now; null where there is none (no network, a session that is over): what is shown stays. */
  private async fetched(): Promise<HTMLElement | null> {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return answer.ok ? page.getElementById(this.root.id) : null;
    } catch {
      return null;
    }
  }

  private show(fresh: HTMLElement): void {
    if (fresh.textContent !== this.root.textContent) this.root.replaceChildren(...fresh.childNodes);
    if (fresh.dataset.island === undefined) this.stop();
  }

  private stop(): void {
    clearInterval(this.ticking);
    this.live.pause();
    delete this.root.dataset.island;
  }
}

for (const root of islands(document, "again")) new Again(root);

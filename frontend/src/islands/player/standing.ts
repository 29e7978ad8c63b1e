/** What the server knows of the request, asked for again as often as it may change something on the page. */
import { type Answer, type Api, Problem } from "../../lib/api";
import type { ServerClock } from "../../lib/video/clock";
import { type Facts, readFacts } from "../../lib/video/facts";

/** Milliseconds between two questions: while a right is waited for, and while there is one. */
const SOON = 500;
const SELDOM = 10_000;

export class Standing {
  private asked = Number.NEGATIVE_INFINITY;
  private asking = false;
  private wanted = false;
  private heard = Number.NEGATIVE_INFINITY;

  constructor(
    public facts: Facts,
    private readonly address: string,
    private readonly api: Api,
    private readonly clock: ServerClock,
    private readonly ticks: () => number,
    private readonly changed: (facts: Facts) => void,
  ) {}

  /** Something happened that the server knows more of. */
  refresh(): void {
    this.wanted = true;
    this.tick();
  }

  /** An act of ours: the answer is how things stand afterwards. */
  async tell(address: string): Promise<boolean> {
    const asked = this.ticks();
    return this.take(await this.api.post(address, {}), asked);
  }

  tick(): void {
    if (this.asking) return;
    const { standing, asks } = this.facts;
    const granting =
      standing === "granting" || (standing === "open" && this.facts.tiles.some(({ chain }) => chain === ""));
    const due = asks !== null && this.facts.closes === null && this.clock.now() >= asks;
    const idle = this.ticks() - this.asked;
    const pause = granting || due ? SOON : standing === "open" ? SELDOM : Number.POSITIVE_INFINITY;
    if (idle >= pause || (this.wanted && idle >= SOON)) void this.ask();
  }

  private async ask(): Promise<void> {
    this.asking = true;
    this.wanted = false;
    const asked = this.ticks();
    this.asked = asked;
    this.take(await this.api.get(this.address), asked);
    this.asking = false;
  }

  private take(answer: Answer | Problem, asked: number): boolean {
    const facts = answer instanceof Problem ? null : readFacts(answer.body);
    if (facts === null) return false;
    // An answer to what was asked before an act of ours doesn't undo what came of it.
    if (asked < this.heard) return true;
    this.heard = asked;
    this.clock.heard(facts.now, asked);
    this.facts = facts;
    this.changed(facts);
    return true;
  }
}

/** What somebody does with an alert: take it, give it back, close it. The server decides; what can be undone offers to be. */
import { type Api, Problem } from "../../lib/api";
import { type Alert, alertOf } from "../../lib/console/alerts";
import type { Picture } from "../../lib/console/picture";
import { copy, fill } from "./fill";
import { alertCases } from "./lists";

export interface Ports {
  readonly api: Api;
  address(verb: string, alert: string): string;
  /** Whether what is shown is up to date: nothing is done on what is old. */
  fresh(): boolean;
  /** Something was done; alerts that ask for somebody for the first time. */
  done(asking: Alert[]): void;
}

export class Answers {
  constructor(
    private readonly root: HTMLElement,
    private readonly picture: Picture,
    private readonly ports: Ports,
  ) {}

  /** "I take it", or its undo: the answer says so to everybody. */
  async act(verb: "take" | "release", alert: Alert | null = this.picture.queue.chosen): Promise<void> {
    if (!alert || alertCases(alert).may !== verb || !(await this.send(verb, alert, {}))) return;
    this.say(verb === "take" ? "taken" : "released", { title: alert.title }, () => {
      const again = this.picture.queue.alerts().find((one) => one.id === alert.id) ?? null;
      void this.act(verb === "take" ? "release" : "take", again);
    });
  }

  /** It is over, and why: one of the reasons that the page offers. */
  async close(reason: string): Promise<void> {
    const alert = this.picture.queue.chosen;
    if (alert && (await this.send("close", alert, { reason }))) this.say("closed", { title: alert.title });
  }

  private async send(verb: string, alert: Alert, body: object): Promise<boolean> {
    if (!this.ports.fresh()) return false;
    const answer = await this.ports.api.post(this.ports.address(verb, alert.id), body);
    if (answer instanceof Problem) {
      this.say("refused", { detail: answer.title || answer.code });
      return false;
    }
    const told = alertOf(alert.id, answer.body);
    this.ports.done(told ? this.picture.changeAlerts({ [alert.id]: answer.body }) : []);
    return true;
  }

  private say(name: string, slots: Record<string, string>, undo: () => void = () => undefined): void {
    const note = copy(this.root, name);
    fill(note, slots);
    note.querySelector<HTMLElement>("[data-undo]")?.addEventListener("click", () => {
      note.remove();
      undo();
    });
    document.querySelector(".toasts")?.replaceChildren(note);
  }
}

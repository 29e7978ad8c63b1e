/** "Waiting to leave": what is on this phone and not with the town, each with its picture, its state and what can be done with it. */
import { type Draft, NOBODY, type Outbox } from "../../lib/reports/outbox";
import { isStale } from "../../lib/reports/sending";
import { copy, fill, part } from "../console/fill";
import { show } from "./picture";
import { rest } from "./rest";

export interface Acts {
  send(draft: Draft): Promise<void>;
  resume(draft: Draft): Promise<void>;
}

export class Waiting {
  private readonly language = document.documentElement.lang || "fr";
  private readonly written = new Intl.DateTimeFormat(this.language, { dateStyle: "medium", timeStyle: "short" });

  constructor(
    private readonly root: HTMLElement,
    private readonly outbox: Outbox,
    private readonly owner: string,
    private readonly acts: Acts,
  ) {}

  /** Everything but the one that is being written, `current`. */
  async list(current: string): Promise<void> {
    const all = (await this.outbox.all()).filter(({ submission }) => submission !== current);
    const own = all.filter((draft) => draft.owner === this.owner || draft.owner === NOBODY);
    const told = all.length > 0 && (await rest(this.root)) !== null;
    const rows = !told ? [] : await Promise.all(own.map((draft) => this.row(draft)));
    part(this.root, "drafts").replaceChildren(...rows);
    // Somebody's, whose session is over: not shown to whoever holds the phone now.
    part(this.root, "others").hidden = own.length === all.length;
    part(this.root, "waiting").hidden = !told;
  }

  private async row(draft: Draft): Promise<HTMLElement> {
    const row = copy(this.root, "draft");
    const state = draft.state === "ready" && isStale(draft, Date.now()) ? "stale" : draft.state;
    const logIn = part<HTMLAnchorElement>(this.root, "log-in").href;
    const { reference = "", url = "" } = draft.answer ?? {};
    fill(row, { moment: this.written.format(draft.at), reference, url, "log-in": logIn }, { state, code: draft.code });
    const canvas = row.querySelector("canvas");
    const [first] = await this.outbox.photos(draft.submission);
    if (canvas) canvas.hidden = !first || !(await show(first.blob, canvas));
    const on = (name: string, act: () => Promise<void>) =>
      row.querySelector(`[data-do="${name}"]`)?.addEventListener("click", () => void act());
    on("send", () => this.acts.send(draft));
    on("resume", () => this.acts.resume(draft));
    on("erase", () => this.erase(draft, row));
    return row;
  }

  /** Erased, and back again by the same finger while the page is open. */
  private async erase(draft: Draft, row: HTMLElement): Promise<void> {
    const photos = await this.outbox.photos(draft.submission);
    await this.outbox.drop(draft.submission);
    const gone = copy(this.root, "erased");
    gone.querySelector("button")?.addEventListener("click", () => {
      void (async () => {
        await this.outbox.putPhotos(draft.submission, photos);
        await this.outbox.put(draft);
        gone.replaceWith(await this.row(draft));
      })();
    });
    row.replaceWith(gone);
    gone.querySelector("button")?.focus();
  }
}

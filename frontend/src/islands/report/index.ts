/** A report, photos first, that survives a lost network, a closed page and a phone that is put away; attributes and templates are
 *  described in docs/developers/islands.md. */
import { isFound } from "../../lib/reports/finding";
import { memoryOutbox, spilling } from "../../lib/reports/memory";
import { type Draft, fresh, NOBODY, type Outbox, openOutbox, type Photo } from "../../lib/reports/outbox";
import { found } from "../../lib/reports/sending";
import { typedIn, typeIn } from "../../lib/reports/typed";
import { within } from "../../lib/patience";
import { islands } from "../../lib/stage";
import { copy, fill, part } from "../console/fill";
import { Photos } from "./photos";
import { Post } from "./post";
import { ask } from "./questions";
import { Steps } from "./steps";
import { Waiting } from "./waiting";

const PAUSE = 400;
/** Something begun longer ago is offered in the list; a phone that put the page away for its camera finds it as it was. */
const RESUMED = 24 * 60 * 60 * 1000;
const LOOKING = 8_000;

class Reporting {
  private readonly form: HTMLFormElement;
  private readonly owner: string;
  private readonly photos: Photos;
  private readonly steps: Steps;
  private readonly waiting: Waiting;
  private readonly post: Post;
  private draft: Draft;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly outbox: Outbox,
    /** Whether what is kept outlasts the page. */
    private readonly lasting: boolean,
  ) {
    this.form = part<HTMLFormElement>(root, "form");
    this.owner = root.dataset.owner || NOBODY;
    this.draft = this.begun();
    this.photos = new Photos(root, Number(root.dataset.most ?? "1"), {
      changed: (photos) => void this.keepPhotos(photos),
      placed: (latitude, longitude) => this.placed(latitude, longitude, "photo"),
    });
    this.steps = new Steps(root, this.form, (step) => this.ready(step));
    this.waiting = new Waiting(root, outbox, this.owner, {
      send: (draft) => this.sendAgain(draft),
      resume: (draft) => this.resume(draft),
    });
    this.post = new Post(outbox, this.owner, () => this.arrived());
    for (const name of ["input", "beffroi:placed"]) root.addEventListener(name, () => this.typed());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    part(root, "again").addEventListener("click", () => void this.beginAgain());
    const search = part<HTMLInputElement>(root, "search");
    search.addEventListener("input", () => this.search(search.value));
    window.addEventListener("pagehide", () => this.timer !== undefined && void this.keep());
  }

  /** What is on the phone: the one that was being written goes on, those that wait leave. */
  async start(): Promise<void> {
    const all = await this.outbox.all();
    for (const draft of all) {
      const now = found(draft, this.owner, NOBODY);
      if (now !== draft) await this.outbox.put(now);
    }
    const begun = all.filter((draft) => draft.state === "writing" && draft.owner === this.owner).pop();
    if (begun && Date.now() - begun.at < RESUMED) {
      await this.resume(begun);
      part(this.root, "back-again").hidden = false;
    }
    this.photos.begin();
    await this.post.leave(true);
  }

  private async ready(step: string): Promise<boolean> {
    if (step === "questions") return ask(this.root, this.value("category"));
    return step === "similar" ? this.similar() : true;
  }

  private begun(): Draft {
    return fresh(uuid(), this.owner, location.pathname, Date.now());
  }

  private placed(latitude: number, longitude: number, source: "photo" | "draft"): void {
    const there = new FormData(this.form).get("latitude");
    if (source === "photo" && there) return;
    const detail = { latitude, longitude, source };
    this.root.querySelector('[data-island="place"]')?.dispatchEvent(new CustomEvent("beffroi:place", { detail }));
  }

  private typed(): void {
    this.steps.settle();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.keep(), PAUSE);
  }

  private async keep(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.draft = { ...this.draft, values: typedIn(this.form) };
    await this.outbox.put(this.draft);
  }

  private async keepPhotos(photos: readonly Photo[]): Promise<void> {
    await this.outbox.putPhotos(this.draft.submission, photos);
    await this.keep();
  }

  private search(wanted: string): void {
    let shown = 0;
    for (const group of this.root.querySelectorAll<HTMLElement>("[data-group]")) {
      group.hidden = true;
      for (const card of group.querySelectorAll<HTMLElement>("[data-words]")) {
        const label = card.querySelector("strong")?.textContent;
        card.hidden = !isFound(`${label} ${group.dataset.group} ${card.dataset.words}`, wanted);
        if (card.hidden) continue;
        group.hidden = false;
        shown++;
      }
    }
    part(this.root, "unfound").hidden = shown > 0;
  }

  /** What the town has been told already, close by and of the same kind; without a network nothing is waited for. */
  private async similar(): Promise<boolean> {
    const address = this.root.dataset.similar ?? "";
    const typed = new FormData(this.form);
    const asked = new URLSearchParams();
    for (const name of ["latitude", "longitude", "category", "asset_id"])
      asked.set(name, String(typed.get(name) ?? ""));
    if (address === "" || !navigator.onLine) return false;
    const html = await within(LOOKING, async (signal) => {
      const answer = await fetch(`${address}?${asked}`, { credentials: "same-origin", signal });
      return answer.status === 200 ? answer.text() : "";
    }).catch(() => "");
    const held = document.createElement("template");
    held.innerHTML = html.trim();
    part(this.root, "near").replaceChildren(held.content);
    const seen = html.trim() !== "";
    part<HTMLInputElement>(this.root, "similar-seen").value = seen ? "1" : "";
    return seen;
  }

  private say(name: string | null): void {
    part(this.root, "told").replaceChildren(...(name === null ? [] : [copy(this.root, name)]));
  }

  private async send(): Promise<void> {
    const button = part(this.root, "send");
    if (button.getAttribute("aria-busy") === "true" || this.steps.lacking()) return;
    button.setAttribute("aria-busy", "true");
    this.say("sending");
    const { submission } = this.draft;
    // From now on it leaves by itself.
    this.draft = { ...this.draft, state: "ready", tries: 0, after: 0, until: 0 };
    await this.keep();
    await this.post.leave(true);
    button.removeAttribute("aria-busy");
    const left = await this.outbox.read(submission);
    if (left?.answer) await this.leaveFor(left);
    else if (left?.state === "refused") await this.resume(left);
    else this.another(left?.state === "log-in" ? "log-in" : this.lasting ? "waits" : "held");
  }

  /** It has arrived: its own page says the rest. */
  private async leaveFor(sent: Draft): Promise<void> {
    await this.outbox.drop(sent.submission);
    location.assign(sent.answer?.url ?? "");
  }

  /** It is in the list; the form is free for another. */
  private another(said: string): void {
    this.fresh();
    this.say(said);
    void this.arrived();
  }

  private fresh(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.draft = this.begun();
    typeIn(this.form, []);
    this.photos.set([]);
    part(this.root, "back-again").hidden = true;
    this.complain({});
    this.steps.begin();
  }

  /** Give up what came back, and begin with nothing. */
  private async beginAgain(): Promise<void> {
    await this.outbox.drop(this.draft.submission);
    this.fresh();
    this.say(null);
  }

  private async resume(draft: Draft): Promise<void> {
    this.draft = { ...draft, state: "writing", code: "", errors: {} };
    await this.outbox.put(this.draft);
    typeIn(this.form, draft.values);
    this.photos.set(await this.outbox.photos(draft.submission));
    this.photos.begin();
    const [latitude, longitude] = ["latitude", "longitude"].map((name) => Number(this.value(name) || NaN));
    if (Number.isFinite(latitude) && Number.isFinite(longitude)) this.placed(latitude ?? 0, longitude ?? 0, "draft");
    ask(this.root, this.value("category"));
    this.complain(draft.errors);
    const [first] = Object.keys(draft.errors);
    if (first === undefined) this.steps.begin();
    else this.steps.open(first);
    this.say(draft.code === "" ? null : `refused-${draft.code}`);
    await this.arrived();
  }

  private value(name: string): string {
    return String(new FormData(this.form).get(name) ?? "");
  }

  private async sendAgain(draft: Draft): Promise<void> {
    await this.outbox.put({
      ...draft,
      state: "ready",
      owner: this.owner,
      at: Date.now(),
      tries: 0,
      after: 0,
      until: 0,
    });
    await this.post.leave(true);
  }

  /** What the server said of each field, at the head of the form and at the field. */
  private complain(errors: Draft["errors"]): void {
    const lines = Object.values(errors).flat();
    const list = part(this.root, "faults");
    list.replaceChildren(...lines.map((line) => fillLine(copy(this.root, "fault"), line)));
    list.hidden = lines.length === 0;
    for (const field of Array.from(this.form.elements)) {
      const name = field.getAttribute("name") ?? "";
      if (name in errors) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }

  /** What was said of one that waited holds no longer once none does. */
  private async arrived(): Promise<void> {
    const all = await this.outbox.all();
    if (!all.some(({ state }) => state === "ready" || state === "log-in")) {
      part(this.root, "told").querySelector("[data-waits]")?.remove();
    }
    await this.waiting.list(this.draft.submission);
  }
}

function fillLine(row: HTMLElement, line: string): HTMLElement {
  fill(row, { line });
  return row;
}

/** `crypto.randomUUID` is not there without HTTPS, and a report is. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The page itself must be there without a network, from its first time on: the worker takes it in once it is one. */
function keepPage(): void {
  const { serviceWorker } = navigator;
  if (!serviceWorker || serviceWorker.controller) return;
  serviceWorker.addEventListener("controllerchange", () => serviceWorker.controller?.postMessage("keep"), {
    once: true,
  });
}

async function start(root: HTMLElement): Promise<void> {
  // Before anything is waited for: the worker may take the page over meanwhile
  if (root.dataset.keep === "yes") keepPage();
  const owner = root.dataset.owner || NOBODY;
  const told = (fits: boolean) => {
    part(root, "full").hidden = fits;
  };
  // Under a mandate nothing is kept; elsewhere as long as the browser lets us.
  const store = root.dataset.keep === "yes" ? openOutbox(indexedDB, owner, () => Date.now()) : Promise.reject();
  const kept = await store.catch(() => null);
  await new Reporting(root, kept ? spilling(kept, told) : memoryOutbox(), kept !== null).start();
}

for (const root of islands(document, "report")) void start(root);

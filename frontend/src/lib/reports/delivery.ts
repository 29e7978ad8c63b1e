/** One report on its way: the form as the page would send it, and what the server's answer means. */
import type { Answer, Draft, Outbox, Photo } from "./outbox";
import { afterwards, type Errors, isDue, type Outcome, waits } from "./sending";

export interface Ports {
  readonly outbox: Outbox;
  readonly fetch: (address: string, options: RequestInit) => Promise<Response>;
  /** The CSRF token as it is now: the page's may be a week old. */
  readonly token: () => Promise<string>;
  readonly now: () => number;
  readonly random: () => number;
  /** One sender at a time, where the browser knows how: the page, another page, the service worker. */
  readonly alone: (work: () => Promise<void>) => Promise<void>;
}

/** Six photos on a slow network. */
const PATIENCE = 5 * 60 * 1000;

export function formOf(draft: Draft, photos: readonly Photo[]): FormData {
  const form = new FormData();
  for (const [name, value] of draft.values) form.append(name, value);
  form.set("submission", draft.submission);
  form.set("owner", draft.owner);
  form.set("taken", JSON.stringify(photos.map(({ taken }) => taken)));
  for (const { blob, name } of photos) form.append("photos", blob, name);
  return form;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function answerOf(body: unknown): Answer | null {
  if (!isRecord(body)) return null;
  const { reference, url } = body;
  return typeof reference === "string" && typeof url === "string" ? { reference, url } : null;
}

function errorsOf(body: unknown): Errors {
  const errors = isRecord(body) && isRecord(body.errors) ? body.errors : {};
  const words = (said: unknown) => (Array.isArray(said) ? said.filter((word) => typeof word === "string") : []);
  return Object.fromEntries(Object.entries(errors).map(([field, said]) => [field, words(said)]));
}

/** Seconds, or a date; milliseconds from now. */
export function retryAfter(header: string | null, now: number): number {
  const seconds = Number(header ?? "");
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header ?? "") - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}

/** What an answer means. An answer of 200 that isn't ours is a hotel's page that asks for a room number: nothing was sent. */
export function read(status: number, wait: number, body: unknown): Outcome {
  if (status === 200 || status === 201) {
    const answer = answerOf(body);
    return answer ? { kind: "sent", answer } : { kind: "later", wait };
  }
  if (status === 401) return { kind: "log-in" };
  if (status === 413) return { kind: "refused", code: "too-big", errors: {} };
  if (status === 422) return { kind: "refused", code: "invalid", errors: errorsOf(body) };
  if (status === 408 || status === 425 || status === 429 || status >= 500) return { kind: "later", wait };
  return { kind: "refused", code: "other", errors: {} };
}

async function post(ports: Ports, draft: Draft, body: FormData): Promise<Response> {
  const patience = new AbortController();
  const over = setTimeout(() => patience.abort(), PATIENCE);
  const headers = { Accept: "application/json", "X-CSRFToken": await ports.token() };
  try {
    const options = { method: "POST", credentials: "same-origin", redirect: "error", signal: patience.signal } as const;
    return await ports.fetch(draft.address, { ...options, headers, body });
  } finally {
    clearTimeout(over);
  }
}

export async function send(ports: Ports, draft: Draft): Promise<Outcome> {
  const body = formOf(draft, await ports.outbox.photos(draft.submission));
  try {
    let answer = await post(ports, draft, body);
    if (answer.status === 403) {
      // The cookie of the token is gone, or of another session: the page gives a new one.
      await ports.fetch(draft.address, { credentials: "same-origin", cache: "no-store" });
      answer = await post(ports, draft, body);
    }
    const wait = retryAfter(answer.headers.get("Retry-After"), ports.now());
    return read(answer.status, wait, await answer.json().catch(() => null));
  } catch {
    return { kind: "later", wait: 0 };
  }
}

/** Send what is due, the oldest first; returns how many still wait for the network. The first that can't leave keeps the others
 *  back: they would fare no better. `eager`: there is a network again, nobody's patience counts but the server's. */
export async function deliver(ports: Ports, owner: string | null, eager: boolean): Promise<number> {
  const { outbox, now, random } = ports;
  await ports.alone(async () => {
    for (const { submission } of await outbox.all()) {
      // As it is now: it may have been erased meanwhile
      const draft = await outbox.read(submission);
      if (draft === null || !isDue(draft, owner, now(), eager)) continue;
      const outcome = await send(ports, draft);
      if ((await outbox.read(submission)) === null) continue;
      if (outcome.kind === "sent") await outbox.putPhotos(submission, []);
      await outbox.put(afterwards(draft, outcome, now(), random()));
      if (outcome.kind === "later") return;
    }
  });
  return (await outbox.all()).filter((draft) => waits(draft, owner, now())).length;
}

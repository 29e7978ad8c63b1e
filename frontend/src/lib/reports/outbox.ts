/** Reports that wait on a phone, in IndexedDB: what was typed, and the photos apart, so that a letter doesn't write them again. */
import { asked, written } from "../indexeddb";
import type { Taken } from "./exif";
import { type Errors, SENT_SHOWN } from "./sending";

export const NAME = "beffroi-reports";
const DRAFTS = "drafts";
const PHOTOS = "photos";
/** Whose a report is that nobody logged in for. */
export const NOBODY = "nobody";

export type State = "writing" | "ready" | "log-in" | "refused" | "sent";

export interface Answer {
  readonly reference: string;
  readonly url: string;
}

export interface Draft {
  /** Made here: the same one sent twice is one report. */
  readonly submission: string;
  /** Identifier of the person, or `NOBODY`. The server takes it from nobody else. */
  readonly owner: string;
  /** Where it is sent: the page's own address. */
  readonly address: string;
  readonly values: readonly (readonly [string, string])[];
  readonly at: number;
  readonly state: State;
  readonly tries: number;
  /** It isn't tried again before, unless the network comes back. */
  readonly after: number;
  /** The server wants none of it before. */
  readonly until: number;
  /** Why the server doesn't take it. */
  readonly code: string;
  readonly errors: Errors;
  readonly answer: Answer | null;
}

export interface Photo {
  readonly blob: Blob;
  readonly name: string;
  readonly taken: Taken | null;
}

export interface Outbox {
  /** The oldest first. */
  all(): Promise<Draft[]>;
  read(submission: string): Promise<Draft | null>;
  /** Rejects with `QuotaExceededError` on a phone that is full, as `putPhotos` does. */
  put(draft: Draft): Promise<void>;
  photos(submission: string): Promise<readonly Photo[]>;
  putPhotos(submission: string, photos: readonly Photo[]): Promise<void>;
  drop(submission: string): Promise<void>;
}

export function fresh(submission: string, owner: string, address: string, now: number): Draft {
  const nothing = { tries: 0, after: 0, until: 0, code: "", errors: {}, answer: null };
  return { submission, owner, address, values: [], at: now, state: "writing", ...nothing };
}

async function opened(factory: IDBFactory): Promise<IDBDatabase> {
  const opening = factory.open(NAME, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(DRAFTS, { keyPath: "submission" });
    opening.result.createObjectStore(PHOTOS);
  };
  const database = await asked(opening);
  // A log-out erases everything: it must not wait for this page.
  database.onversionchange = () => database.close();
  return database;
}

/** What waits on this device. `owner`: who looks; what another person left is erased, as is what was sent long ago. Null: the
 *  service worker, who looks at nothing. Rejects where the browser keeps nothing. */
export async function openOutbox(factory: IDBFactory, owner: string | null, now: () => number): Promise<Outbox> {
  const database = await opened(factory);
  const store = (name: string, mode: IDBTransactionMode) => database.transaction(name, mode).objectStore(name);
  const all = async () => {
    const drafts = (await asked(store(DRAFTS, "readonly").getAll())) as Draft[];
    return drafts.sort((one, other) => one.at - other.at);
  };
  const write = async (name: string, put: (within: IDBObjectStore) => void) => {
    const within = store(name, "readwrite");
    put(within);
    // At once: the page may be leaving.
    within.transaction.commit();
    await written(within.transaction);
  };
  const drop = async (submission: string) => {
    await write(PHOTOS, (within) => void within.delete(submission));
    await write(DRAFTS, (within) => void within.delete(submission));
  };
  if (owner !== null) {
    const another = (draft: Draft) => owner !== NOBODY && ![owner, NOBODY].includes(draft.owner);
    const over = (draft: Draft) => draft.state === "sent" && now() - draft.at > SENT_SHOWN;
    for (const draft of await all()) if (another(draft) || over(draft)) await drop(draft.submission);
  }
  return {
    all,
    read: async (submission) => ((await asked(store(DRAFTS, "readonly").get(submission))) as Draft | undefined) ?? null,
    put: (draft) => write(DRAFTS, (within) => void within.put(draft)),
    photos: async (submission) =>
      ((await asked(store(PHOTOS, "readonly").get(submission))) as readonly Photo[] | undefined) ?? [],
    putPhotos: (submission, photos) => write(PHOTOS, (within) => void within.put(photos, submission)),
    drop,
  };
}

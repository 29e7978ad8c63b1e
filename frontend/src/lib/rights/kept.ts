/** What a phone may show a lock when there is no server: each lock's rights as they were said last, and each authority's newest key set and
 *  revocation list. IndexedDB, erased at a log-out as everything else that is somebody's; signed bytes, verified again when they are used. */
import { asked, written } from "../indexeddb";

export const NAME = "beffroi-rights";

/** Of an authority, whatever the lock: two locks asked about at different times have the newest of both. */
export interface Lists {
  readonly authority: string;
  readonly keyset: string;
  /** Empty before the first. */
  readonly revocation: string;
}

export interface KeptRights {
  readonly gate: string;
  readonly person: string;
  readonly authority: string;
  readonly certificate: string;
  readonly chains: readonly string[];
  /** When the last of them ends, in seconds since 1970: they aren't given from then on. */
  readonly until: number;
}

export interface Kept {
  keepLists(lists: Lists): Promise<void>;
  keep(rights: KeptRights): Promise<void>;
  /** There is no right here any more. */
  drop(person: string, gate: string): Promise<void>;
  /** Null where nothing is kept, or where it has ended at `now` (seconds). */
  at(person: string, gate: string, now: number): Promise<(Lists & KeptRights) | null>;
}

/** Seconds after their end when rights are erased: a phone whose clock is ahead must not lose for good what it takes for ended. */
const LINGER = 7 * 86_400;

/** Rejects where the browser keeps nothing. */
export async function openKept(factory: IDBFactory): Promise<Kept> {
  const opening = factory.open(NAME, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("lists", { keyPath: "authority" });
    opening.result.createObjectStore("rights", { keyPath: ["person", "gate"] });
  };
  const database = await asked(opening);
  // A log-out erases everything: it must not wait for this page.
  database.onversionchange = () => database.close();

  async function put(store: "lists" | "rights", value: Lists | KeptRights): Promise<void> {
    const transaction = database.transaction(store, "readwrite");
    transaction.objectStore(store).put(value);
    await written(transaction);
  }

  async function drop(keys: readonly IDBValidKey[]): Promise<void> {
    const transaction = database.transaction("rights", "readwrite");
    for (const key of keys) transaction.objectStore("rights").delete(key);
    await written(transaction);
  }

  return {
    keepLists: (lists) => put("lists", lists),
    keep: (rights) => put("rights", rights),
    drop: (person, gate) => drop([[person, gate]]),
    async at(person, gate, now) {
      const transaction = database.transaction(["lists", "rights"]);
      const all = (await asked(transaction.objectStore("rights").getAll())) as KeptRights[];
      const rights = all.find((one) => one.person === person && one.gate === gate && now < one.until);
      const lists = rights && ((await asked(transaction.objectStore("lists").get(rights.authority))) as Lists);
      const ended = all.filter(({ until }) => until + LINGER <= now);
      if (ended.length > 0) await drop(ended.map((one) => [one.person, one.gate]));
      return rights && lists ? { ...rights, ...lists } : null;
    },
  };
}

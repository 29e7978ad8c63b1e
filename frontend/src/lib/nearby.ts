/** Things of the street that were seen on the map, kept on the phone for when it has no network: IndexedDB, erased at a log-out. */
import { type Asset, type Bounds, standsIn } from "./placing";

export const NAME = "beffroi-things";
const STORE = "things";
/** So many are kept, those that were seen last. */
export const MOST = 2_000;
/** Older than that, a pole may be gone. */
export const LASTS = 30 * 24 * 60 * 60 * 1000;

interface Seen {
  readonly key: string;
  /** Of which town: the address that tells them. */
  readonly town: string;
  readonly asset: Asset;
  readonly at: number;
}

export interface Nearby {
  keep(assets: readonly Asset[]): Promise<void>;
  within(bounds: Bounds): Promise<Asset[]>;
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB failed"));
  });
}

/** What stays of all that was seen: the latest, and nothing too old. */
export function kept<T extends { readonly at: number }>(all: readonly T[], now: number): T[] {
  const fresh = all.filter(({ at }) => now - at <= LASTS);
  return fresh.sort((one, other) => other.at - one.at).slice(0, MOST);
}

/** What one town's maps have shown; rejects where the browser keeps nothing. */
export async function openNearby(factory: IDBFactory, town: string, now: () => number): Promise<Nearby> {
  const opening = factory.open(NAME, 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE, { keyPath: "key" });
  const database = await asked(opening);
  // A log-out erases everything: it must not wait for this page.
  database.onversionchange = () => database.close();
  const store = (mode: IDBTransactionMode) => database.transaction(STORE, mode).objectStore(STORE);
  const all = async () => (await asked(store("readonly").getAll())) as Seen[];
  return {
    keep: async (assets) => {
      const within = store("readwrite");
      for (const asset of assets) {
        within.put({ key: `${town} ${asset.kind} ${asset.id}`, town, asset, at: now() } satisfies Seen);
      }
      await done(within.transaction);
      const there = await all();
      const stay = new Set(kept(there, now()).map(({ key }) => key));
      const gone = there.filter(({ key }) => !stay.has(key));
      if (gone.length === 0) return;
      const again = store("readwrite");
      for (const { key } of gone) again.delete(key);
      await done(again.transaction);
    },
    within: async (bounds) => {
      const seen = kept(await all(), now()).filter((one) => one.town === town && standsIn(one.asset, bounds));
      return seen.map(({ asset }) => asset);
    },
  };
}

/** What a phone or a browser keeps, in IndexedDB: each person's key, made here and not extractable, and the roots it pinned.
 *
 *  A key is written before the server hears of it and becomes the person's only when the server took it: an enrolment
 *  that fails leaves the former key in use, and one whose answer was lost is completed later (`adopt`).
 *
 *  A browser's key is for some hours (`until`). The one before it stays for as long as rights may name it. */
import { asked, written } from "./indexeddb";
import { type HolderKey, holderKeyOf, type OctetKey, octetJwk, readOctetKey, thumbprint } from "./protocol/v1/jwk";
import type { Signer } from "./protocol/v1/jws";
import { Refused } from "./protocol/v1/refusal";

const NAME = "beffroi";
const VERSION = 1;
/** Behind a person's identifier: the key that the server has not taken yet. */
const FRESH = " fresh";

/** How long after its time the former key of a browser may still be named by a right, in milliseconds: docs of `kernel/grants`. */
const NAMED_AFTER = 24 * 3_600_000;

interface KeyRecord {
  /** The person's identifier, and what tells this key from their others. */
  readonly person: string;
  readonly pair: CryptoKeyPair;
  readonly until?: number;
}

interface TrustRecord {
  readonly authority: string;
  readonly roots: readonly object[];
  /** Number of the newest key set seen: an older one is refused. */
  readonly keyset: number;
}

export interface PhoneKey {
  readonly key: HolderKey;
  readonly thumbprint: string;
  /** Until when rights may be asked for with it, in milliseconds since 1970; null for a phone's. */
  readonly until: number | null;
  readonly sign: Signer;
}

export interface Pinned {
  readonly roots: readonly OctetKey[];
  readonly keyset: number;
}

export interface Phone {
  /** The person's key on this phone, if it has one. */
  keyOf(person: string): Promise<PhoneKey | null>;
  /** Make and store a key that isn't the person's yet. */
  makeKey(person: string): Promise<PhoneKey>;
  /** The key made last becomes the person's, when it has that thumbprint (what the server says is enrolled). */
  adopt(person: string, thumbprint: string): Promise<boolean>;
  /** The same for this browser's, which may ask until that moment; the one before it is kept for the rights that name it. */
  adoptBrowser(person: string, thumbprint: string, times: { now: number; until: number }): Promise<boolean>;
  /** Of the person's keys here, phone's or browser's, present or former, the one with that thumbprint. */
  keyBy(person: string, thumbprint: string): Promise<PhoneKey | null>;
  /** What is pinned for an authority, or null when it was never met. */
  pinned(authority: string): Promise<Pinned | null>;
  pin(authority: string, pinned: Pinned): Promise<void>;
}

/** Under which a person's browser key is kept, beside that of a phone. */
export function browserOf(person: string): string {
  return `${person} browser`;
}

async function phoneKeyOf({ pair, until }: KeyRecord): Promise<PhoneKey> {
  const key = await holderKeyOf(pair.publicKey);
  const sign: Signer = async (message) =>
    new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, message));
  return { key, thumbprint: thumbprint(key), until: until ?? null, sign };
}

function rootsOf(record: TrustRecord): OctetKey[] {
  return record.roots.map((jwk) => readOctetKey(jwk)).filter((root): root is OctetKey => !(root instanceof Refused));
}

/** Open the phone's store; rejects where the browser has none (private browsing on some, storage full). */
export async function openPhone(factory: IDBFactory): Promise<Phone> {
  const opening = factory.open(NAME, VERSION);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("keys", { keyPath: "person" });
    opening.result.createObjectStore("trust", { keyPath: "authority" });
  };
  const database = await asked(opening);

  async function read<T>(store: "keys" | "trust", key: string): Promise<T | undefined> {
    return asked(database.transaction(store).objectStore(store).get(key));
  }

  /** What is kept under names that begin so. */
  async function every(beginning: string): Promise<KeyRecord[]> {
    const range = IDBKeyRange.bound(beginning, `${beginning}\uffff`);
    return asked(database.transaction("keys").objectStore("keys").getAll(range));
  }

  async function change(store: "keys" | "trust", by: (records: IDBObjectStore) => void): Promise<void> {
    const transaction = database.transaction(store, "readwrite", { durability: "strict" });
    by(transaction.objectStore(store));
    await written(transaction);
  }

  /** The key that waits under that name, if it is the one that the server took. */
  async function taken(name: string, enrolled: string): Promise<KeyRecord | null> {
    const fresh = await read<KeyRecord>("keys", name + FRESH);
    return fresh && (await phoneKeyOf(fresh)).thumbprint === enrolled ? fresh : null;
  }

  function replace(keys: IDBObjectStore, record: KeyRecord): void {
    keys.put(record);
    keys.delete(record.person + FRESH);
  }

  return {
    async keyOf(person) {
      const record = await read<KeyRecord>("keys", person);
      return record ? phoneKeyOf(record) : null;
    },
    async makeKey(person) {
      const algorithm = { name: "ECDSA", namedCurve: "P-256" };
      const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
      const fresh = { person: person + FRESH, pair };
      await change("keys", (keys) => void keys.put(fresh));
      return phoneKeyOf(fresh);
    },
    async adopt(person, enrolled) {
      const fresh = await taken(person, enrolled);
      if (fresh) await change("keys", (keys) => replace(keys, { person, pair: fresh.pair }));
      return fresh !== null;
    },
    async adoptBrowser(person, enrolled, { now, until }) {
      const name = browserOf(person);
      const fresh = await taken(name, enrolled);
      if (!fresh) return false;
      const former = await read<KeyRecord>("keys", name);
      const known = former && { ...former, person: `${name} ${(await phoneKeyOf(former)).thumbprint}` };
      const old = (await every(`${name} `)).filter((one) => (one.until ?? until) + NAMED_AFTER < now);
      await change("keys", (keys) => {
        for (const { person: forgotten } of old) keys.delete(forgotten);
        if (known) keys.put(known);
        replace(keys, { person: name, pair: fresh.pair, until });
      });
      return true;
    },
    async keyBy(person, wanted) {
      const name = browserOf(person);
      const records = [await read<KeyRecord>("keys", person), await read<KeyRecord>("keys", name)];
      for (const record of [...records, await read<KeyRecord>("keys", `${name} ${wanted}`)]) {
        const key = record && (await phoneKeyOf(record));
        if (key?.thumbprint === wanted) return key;
      }
      return null;
    },
    async pinned(authority) {
      const record = await read<TrustRecord>("trust", authority);
      return record ? { roots: rootsOf(record), keyset: record.keyset } : null;
    },
    async pin(authority, { roots, keyset }) {
      const record: TrustRecord = { authority, roots: roots.map(octetJwk), keyset };
      await change("trust", (trust) => void trust.put(record));
    },
  };
}

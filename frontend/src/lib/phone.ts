/** What the phone keeps, in IndexedDB: each person's key, made here and not extractable, and the roots it pinned.
 *
 *  A key is written before the server hears of it and becomes the person's only when the server took it: an enrolment
 *  that fails leaves the former key in use, and one whose answer was lost is completed later (`adopt`). */
import { type HolderKey, holderKeyOf, type OctetKey, octetJwk, readOctetKey, thumbprint } from "./protocol/v1/jwk";
import type { Signer } from "./protocol/v1/jws";
import { Refused } from "./protocol/v1/refusal";

const NAME = "beffroi";
const VERSION = 1;
/** Behind a person's identifier: the key that the server has not taken yet. */
const FRESH = " fresh";

interface KeyRecord {
  readonly person: string;
  readonly pair: CryptoKeyPair;
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
  /** What is pinned for an authority, or null when it was never met. */
  pinned(authority: string): Promise<Pinned | null>;
  pin(authority: string, pinned: Pinned): Promise<void>;
}

function request<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("IndexedDB failed"));
  });
}

function written(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB failed"));
  });
}

async function phoneKeyOf(pair: CryptoKeyPair): Promise<PhoneKey> {
  const key = await holderKeyOf(pair.publicKey);
  const sign: Signer = async (message) =>
    new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, message));
  return { key, thumbprint: thumbprint(key), sign };
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
  const database = await request(opening);

  async function read<T>(store: "keys" | "trust", key: string): Promise<T | undefined> {
    return request(database.transaction(store).objectStore(store).get(key));
  }

  async function write(store: "keys" | "trust", record: KeyRecord | TrustRecord): Promise<void> {
    const transaction = database.transaction(store, "readwrite", { durability: "strict" });
    transaction.objectStore(store).put(record);
    await written(transaction);
  }

  return {
    async keyOf(person) {
      const record = await read<KeyRecord>("keys", person);
      return record ? phoneKeyOf(record.pair) : null;
    },
    async makeKey(person) {
      const algorithm = { name: "ECDSA", namedCurve: "P-256" };
      const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
      await write("keys", { person: person + FRESH, pair });
      return phoneKeyOf(pair);
    },
    async adopt(person, enrolled) {
      const fresh = await read<KeyRecord>("keys", person + FRESH);
      if (!fresh || (await phoneKeyOf(fresh.pair)).thumbprint !== enrolled) return false;
      const transaction = database.transaction("keys", "readwrite", { durability: "strict" });
      const keys = transaction.objectStore("keys");
      keys.put({ person, pair: fresh.pair });
      keys.delete(person + FRESH);
      await written(transaction);
      return true;
    },
    async pinned(authority) {
      const record = await read<TrustRecord>("trust", authority);
      return record ? { roots: rootsOf(record), keyset: record.keyset } : null;
    },
    async pin(authority, { roots, keyset }) {
      await write("trust", { authority, roots: roots.map(octetJwk), keyset });
    },
  };
}

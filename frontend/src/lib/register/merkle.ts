/** Inclusion in the Merkle tree of RFC 6962 with SHA-256 (RFC 9162, section 2.1.3.2). Sizes are exact up to 2^53. */
import { sha256 } from "@noble/hashes/sha2.js";

export const HASH_BYTES = 32;

function concatenated(prefix: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(1 + parts.reduce((length, part) => length + part.length, 0));
  all[0] = prefix;
  let at = 1;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function leafHash(data: Uint8Array): Uint8Array {
  return sha256(concatenated(0, data));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatenated(1, left, right));
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** Whether a leaf, given by its hash, is at `index` in the tree of `size` leaves with that root. */
export function isIncluded({ index, size, leaf, proof, root }: Inclusion): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let place = index;
  let last = size - 1;
  let computed = leaf;
  for (const step of proof) {
    if (last === 0 || step.length !== HASH_BYTES) return false;
    if (place % 2 === 1 || place === last) {
      computed = nodeHash(step, computed);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      computed = nodeHash(computed, step);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameBytes(computed, root);
}

export interface Consistency {
  readonly old: number;
  readonly size: number;
  readonly oldRoot: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether the tree of `size` leaves extends that of the first `old` (RFC 9162, section 2.1.4.2). */
export function isConsistent({ old, size, oldRoot, root, proof }: Consistency): boolean {
  if (!Number.isSafeInteger(old) || !Number.isSafeInteger(size) || old < 1 || old > size) return false;
  if (proof.some((step) => step.length !== HASH_BYTES)) return false;
  if (old === size) return proof.length === 0 && sameBytes(oldRoot, root);
  let place = old - 1;
  let last = size - 1;
  while (place % 2 === 1) {
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  const [first, ...rest] = place === 0 ? [oldRoot, ...proof] : proof;
  if (!first) return false;
  let before = first;
  let after = first;
  for (const step of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      before = nodeHash(step, before);
      after = nodeHash(step, after);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      after = nodeHash(after, step);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameBytes(before, oldRoot) && sameBytes(after, root);
}

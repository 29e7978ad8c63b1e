/** Receipts of the register: one entry, its proof, the signed checkpoint, the values that it opens. Each check is made by
 *  itself, so that a page can say what holds and what does not. */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { decode, decodePadded, encode } from "../base64url";
import { RefusalError } from "../protocol/v1/refusal";
import { type Body, canonical, isBody, type Json, load, loadReadable } from "../protocol/v1/strictjson";
import { isIncluded, leafHash } from "./merkle";
import { type Checkpoint, isSignedBy, type Note, parseCheckpoint, parseNote, type VerifierKey } from "./note";

const GREATEST_RECEIPT = 1024 * 1024;
const GREATEST_ENTRY = 65535;
const SALT_BYTES = 32;
const MEMBERS = "checkpoint,entry,index,open,origin,proof,type,v";
const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const LOG = new RegExp(`^(?:installation|${UUID})$`);
const ORIGIN = new RegExp(
  `^[A-Za-z0-9.:\\[\\]_/-]{1,200}/register/(installation|${UUID})(?:\\.(?:[2-9]|[1-9]\\d{1,5}))?$`,
);
const KIND = /^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/;
const NAME = /^[a-z][a-z0-9_]*$/;
const AT = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\dZ$/;
const ASCII = /^[\u0000-\u007f]*$/;

export type Value = string | number | boolean | readonly (string | number | boolean)[];

export interface Opening {
  readonly name: string;
  readonly value: Value;
  readonly salt: Uint8Array;
}

export interface Receipt {
  readonly origin: string;
  readonly index: number;
  readonly entry: string;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: string;
  readonly openings: readonly Opening[];
}

export interface Entry {
  readonly kind: string;
  readonly log: string;
  readonly at: string;
  readonly fields: Readonly<Record<string, string>>;
}

function isScalar(value: Json | undefined): value is string | number | boolean {
  return typeof value === "boolean" || typeof value === "number" || (typeof value === "string" && ASCII.test(value));
}

function readOpening(name: string, item: Json | undefined): Opening | null {
  if (!isBody(item) || Object.keys(item).sort().join() !== "salt,value") return null;
  const { value, salt } = item;
  const bytes = typeof salt === "string" ? decode(salt) : null;
  if (bytes?.length !== SALT_BYTES) return null;
  if (Array.isArray(value)) return value.every(isScalar) ? { name, value, salt: bytes } : null;
  return isScalar(value) ? { name, value, salt: bytes } : null;
}

function isWhole<T>(items: readonly (T | null)[]): items is readonly T[] {
  return items.every((item) => item !== null);
}

function readBody(body: Body): Receipt | null {
  if (Object.keys(body).sort().join() !== MEMBERS) return null;
  const { type, v, origin, index, entry, proof, checkpoint, open } = body;
  if (type !== "beffroi-receipt" || v !== 1 || !isBody(open) || !Array.isArray(proof)) return null;
  if (typeof origin !== "string" || typeof index !== "number" || index < 0) return null;
  if (typeof entry !== "string" || typeof checkpoint !== "string") return null;
  const steps = proof.map((step) => (typeof step === "string" ? decodePadded(step) : null));
  const openings = Object.keys(open).map((name) => readOpening(name, open[name]));
  return isWhole(steps) && isWhole(openings) ? { origin, index, entry, proof: steps, checkpoint, openings } : null;
}

/** Read a receipt's file; null for anything that is not one of this version. */
export function parseReceipt(data: Uint8Array): Receipt | null {
  try {
    const body = loadReadable(data, GREATEST_RECEIPT);
    return isBody(body) ? readBody(body) : null;
  } catch (error) {
    if (error instanceof RefusalError) return null;
    throw error;
  }
}

function isText(value: Json | undefined, form: RegExp): value is string {
  return typeof value === "string" && form.test(value);
}

/** Read a leaf; null for anything but the canonical bytes of an entry of this version. */
export function parseEntry(text: string): Entry | null {
  let body: Json;
  try {
    body = load(new TextEncoder().encode(text), GREATEST_ENTRY);
  } catch (error) {
    if (error instanceof RefusalError) return null;
    throw error;
  }
  if (!isBody(body) || Object.keys(body).sort().join() !== "at,fields,kind,log,v" || body.v !== 1) return null;
  const { kind, log, at, fields } = body;
  if (!isText(kind, KIND) || !isText(log, LOG) || !isText(at, AT) || !isBody(fields)) return null;
  const committed: Record<string, string> = {};
  for (const [name, commitment] of Object.entries(fields)) {
    if (!NAME.test(name) || !isText(commitment, /^[A-Za-z0-9_-]{43}$/)) return null;
    committed[name] = commitment;
  }
  return Object.keys(committed).length > 0 ? { kind, log, at, fields: committed } : null;
}

function opens({ name, value, salt }: Opening, entry: Entry): boolean {
  return encode(hmac(sha256, salt, canonical(value))) === entry.fields[name];
}

export const CHECKS = ["signature", "entry", "inclusion", "openings"] as const;
export type Check = (typeof CHECKS)[number];

export interface Verdict {
  readonly checks: Readonly<Record<Check, boolean>>;
  readonly entry: Entry | null;
  readonly checkpoint: Checkpoint | null;
}

function isOf(receipt: Receipt, checkpoint: Checkpoint | null, entry: Entry | null): boolean {
  const log = ORIGIN.exec(receipt.origin)?.[1];
  return checkpoint?.origin === receipt.origin && log !== undefined && entry?.log === log;
}

function signed(note: Note | null, checkpoint: Checkpoint | null, keys: readonly VerifierKey[]): boolean {
  return note !== null && checkpoint !== null && isSignedBy(note, checkpoint.origin, keys);
}

/** Check everything that a receipt says, with keys from outside it: the checkpoint is signed, the entry is one of that log,
 *  it is at its place in the tree, and the opened values are those that it committed to. */
export function verifyReceipt(receipt: Receipt, keys: readonly VerifierKey[]): Verdict {
  const note = parseNote(receipt.checkpoint);
  const checkpoint = note ? parseCheckpoint(note.text) : null;
  const entry = parseEntry(receipt.entry);
  const leaf = leafHash(new TextEncoder().encode(receipt.entry));
  const { index, proof } = receipt;
  return {
    checks: {
      signature: signed(note, checkpoint, keys),
      entry: isOf(receipt, checkpoint, entry),
      inclusion: checkpoint !== null && isIncluded({ index, proof, leaf, ...checkpoint }),
      openings: entry !== null && receipt.openings.every((opening) => opens(opening, entry)),
    },
    entry,
    checkpoint,
  };
}

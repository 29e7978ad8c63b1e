/** C2SP signed notes with Ed25519, verifier keys, and the three lines of a checkpoint. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { decodePadded } from "../base64url";
import { HASH_BYTES, sameBytes } from "./merkle";

const ED25519 = 1;
const KEY_ID_BYTES = 4;
const PUBLIC_KEY_BYTES = 32;
const GREATEST_NOTE = 65536;
const GREATEST_SIGNATURES = 100;
const NAME = /^[^\s+]{1,255}$/;
const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/;
const NUMBER = /^(?:0|[1-9][0-9]{0,15})$/;
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

export interface VerifierKey {
  readonly name: string;
  readonly id: Uint8Array;
  readonly publicKey: Uint8Array;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Read "<name>+<key id>+<base64(0x01 || key)>"; null unless the id belongs to the name and the key. */
export function parseVerifierKey(text: string): VerifierKey | null {
  const [name, identifier, ...rest] = text.trim().split("+");
  const data = decodePadded(rest.join("+"));
  if (!name || !NAME.test(name) || data?.length !== 1 + PUBLIC_KEY_BYTES || data[0] !== ED25519) return null;
  const named = bytesOf(`${name}\n`);
  const whole = new Uint8Array(named.length + data.length);
  whole.set(named);
  whole.set(data, named.length);
  const id = sha256(whole).subarray(0, KEY_ID_BYTES);
  const spelled = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return identifier === spelled ? { name, id, publicKey: data.subarray(1) } : null;
}

export interface Note {
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly id: Uint8Array; readonly bytes: Uint8Array }[];
}

export function parseNote(note: string): Note | null {
  if (note.length > GREATEST_NOTE || !note.endsWith("\n") || CONTROL.test(note)) return null;
  const cut = note.slice(0, -1).lastIndexOf("\n\n");
  if (cut < 0) return null;
  const lines = note.slice(cut + 2, -1).split("\n");
  if (lines.length > GREATEST_SIGNATURES) return null;
  const signatures = [];
  for (const line of lines) {
    const found = SIGNATURE_LINE.exec(line);
    const data = found?.[2] === undefined ? null : decodePadded(found[2]);
    if (!found?.[1] || data === null || data.length <= KEY_ID_BYTES) return null;
    signatures.push({ name: found[1], id: data.subarray(0, KEY_ID_BYTES), bytes: data.subarray(KEY_ID_BYTES) });
  }
  return { text: note.slice(0, cut + 1), signatures };
}

/** Whether a key of that name signed the note, and no key given has a false signature on it; other people's are ignored. */
export function isSignedBy(note: Note, name: string, keys: readonly VerifierKey[]): boolean {
  const signers: VerifierKey[] = [];
  for (const { name: signer, id, bytes } of note.signatures) {
    const key = keys.find((one) => one.name === signer && sameBytes(one.id, id));
    if (!key) continue;
    if (signers.includes(key) || !holds(key, note.text, bytes)) return false;
    signers.push(key);
  }
  return signers.some((key) => key.name === name);
}

function holds(key: VerifierKey, text: string, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, bytesOf(text), key.publicKey, { zip215: false });
  } catch {
    return false;
  }
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin, size, root, end, ...more] = text.split("\n");
  if (!origin || size === undefined || root === undefined || end !== "" || more.length > 0) return null;
  const bytes = decodePadded(root);
  const count = Number(size);
  if (!NUMBER.test(size) || !Number.isSafeInteger(count) || bytes?.length !== HASH_BYTES) return null;
  return { origin, size: count, root: bytes };
}

/** Two signed checkpoints of one log: the one that this server showed, and one from a mirror or kept from before. */
import { decodePadded } from "../base64url";
import { isConsistent, sameBytes } from "./merkle";
import { type Checkpoint, isSignedBy, parseCheckpoint, parseNote, type VerifierKey } from "./note";

export type Comparison = "same" | "extends" | "forked" | "unproven" | "unsigned" | "other-log" | "unreadable";

/** Steps that show that the tree of the first `size` leaves extends that of the first `old`; null when there are none to be had. */
export type Proofs = (origin: string, old: number, size: number) => Promise<readonly Uint8Array[] | null>;

interface Read {
  readonly checkpoint: Checkpoint;
  readonly signed: boolean;
}

function read(text: string, keys: readonly VerifierKey[]): Read | null {
  const note = parseNote(text);
  const checkpoint = note ? parseCheckpoint(note.text) : null;
  return note && checkpoint ? { checkpoint, signed: isSignedBy(note, checkpoint.origin, keys) } : null;
}

/** A copied text may have lost the end of its last line, or gained some. */
export function tidied(text: string): string {
  return `${text.replaceAll("\r", "").trim()}\n`;
}

export async function compare(
  held: string,
  brought: string,
  keys: readonly VerifierKey[],
  proofs: Proofs,
): Promise<Comparison> {
  const [ours, theirs] = [read(held, keys), read(tidied(brought), keys)];
  if (!theirs || !ours) return "unreadable";
  if (theirs.checkpoint.origin !== ours.checkpoint.origin) return "other-log";
  if (!theirs.signed || !ours.signed) return "unsigned";
  const [older, newer] =
    theirs.checkpoint.size < ours.checkpoint.size
      ? [theirs.checkpoint, ours.checkpoint]
      : [ours.checkpoint, theirs.checkpoint];
  if (older.size === newer.size) return sameBytes(older.root, newer.root) ? "same" : "forked";
  if (older.size === 0) return "extends";
  const proof = await proofs(ours.checkpoint.origin, older.size, newer.size);
  if (proof === null) return "unproven";
  return isConsistent({ old: older.size, size: newer.size, oldRoot: older.root, root: newer.root, proof })
    ? "extends"
    : "forked";
}

/** The answer of `GET …/consistency`, as it came; null for anything else. */
export function stepsIn(body: unknown): readonly Uint8Array[] | null {
  const list = typeof body === "object" && body !== null && "proof" in body ? body.proof : null;
  if (!Array.isArray(list)) return null;
  const steps = list.map((step: unknown) => (typeof step === "string" ? decodePadded(step) : null));
  return steps.every((step) => step !== null) ? steps : null;
}

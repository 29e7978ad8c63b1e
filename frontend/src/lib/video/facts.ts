/** What the page knows of a request and of its cameras: written by the server, read here, asked for again while it matters. */
import { type OctetKey, readOctetKey } from "../protocol/v1/jwk";
import { Refused } from "../protocol/v1/refusal";
import type { Claim } from "../trust";
import type { Camera } from "./exchange";

/** `granting`: an owner is asked, or the right is being signed. Moments are milliseconds since 1970, by the server's clock. */
export type Standing = "granting" | "open" | "over" | "refused";

export interface Facts {
  readonly now: number;
  readonly claim: Claim;
  readonly grant: string;
  readonly standing: Standing;
  /** Why it is over or refused. */
  readonly reason: string;
  /** Of the key that the right names. */
  readonly thumbprint: string;
  /** "Still intervening?" is next asked then, and the image closes then if nobody answers; null when it isn't. */
  readonly asks: number | null;
  readonly closes: number | null;
  readonly tiles: readonly TileFacts[];
}

/** `ends` is when the right does: never, as long as an owner's yes is awaited, from which it runs. `chain` is empty until it is signed. */
export interface TileFacts extends Camera {
  readonly name: string;
  readonly purpose: string;
  readonly holder: string;
  readonly service: string;
  readonly ends: number;
}

const STANDINGS = ["granting", "open", "over", "refused"] as const;
/** A relay is spoken with straight, over TLS; on this machine alone without (the demonstration). */
const ADDRESS = /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$))/;

class Unreadable extends Error {}

type Said = Readonly<Record<string, unknown>>;

function record(value: unknown): Said {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unreadable();
  return value as Said;
}

function array(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Unreadable();
  return value;
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new Unreadable();
  return value;
}

function moment(value: unknown): number {
  const read = Date.parse(text(value));
  if (Number.isNaN(read)) throw new Unreadable();
  return read;
}

function maybe(value: unknown): number | null {
  return value === null || value === undefined ? null : moment(value);
}

function addressed(value: unknown): string {
  const address = text(value);
  if (!ADDRESS.test(address)) throw new Unreadable();
  try {
    const { username, password, search, hash } = new URL(address);
    if (username + password + search + hash === "") return address;
  } catch {
    // Not an address at all
  }
  throw new Unreadable();
}

function tile(value: unknown): TileFacts {
  const said = record(value);
  const relay = record(said.relay);
  return {
    gate: text(said.gate),
    name: text(said.name),
    relay: { id: text(relay.id), address: addressed(relay.address) },
    chain: text(said.chain),
    purpose: text(said.purpose),
    holder: text(said.holder),
    service: text(said.service),
    ends: maybe(said.ends) ?? Number.POSITIVE_INFINITY,
  };
}

function facts(said: Said): Facts {
  const standing = STANDINGS.find((one) => one === said.state);
  if (standing === undefined) throw new Unreadable();
  const roots = array(said.roots)
    .map((jwk) => readOctetKey(jwk))
    .filter((root): root is OctetKey => !(root instanceof Refused));
  return {
    now: moment(said.now),
    claim: { authority: text(said.authority), roots, keyset: text(said.keyset) },
    grant: text(said.grant),
    standing,
    reason: text(said.reason ?? ""),
    thumbprint: text(said.thumbprint),
    asks: maybe(said.asks),
    closes: maybe(said.closes),
    tiles: array(said.tiles).map(tile),
  };
}

/** The facts, or null for what isn't. */
export function readFacts(value: unknown): Facts | null {
  try {
    return facts(record(value));
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

/** The first characters of a grant's identifier: what a watermark has room for, and what finds it in the register. */
export function shortly(grant: string): string {
  return grant.slice(0, 8);
}

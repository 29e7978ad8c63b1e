/** Members of JSON objects, read by name into typed values; any other form is refused. Forms: docs/spec/gate.md, section 1. */
import { decode } from "../../base64url";
import { RefusalError } from "./refusal";
import { type Body, isBody, type Json } from "./strictjson";

export const MAX_TIME = 253402300799;
const MAX_IDS = 64;
const TEXT_LENGTH = 80;
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const KID = /^[A-Za-z0-9_-]{1,43}$/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Seconds since 1970 UTC, or null where the wire says `unknown`. */
export type Moment = number | null;
export type Form = (value: unknown) => value is string;

export function isSlug(value: unknown): value is string {
  return typeof value === "string" && SLUG.test(value);
}

/** Base64url, in its only spelling, of so many bytes. */
export function isBytes(value: unknown, length: number): value is string {
  return typeof value === "string" && value.length === Math.ceil((length * 4) / 3) && decode(value) !== null;
}

export function isHash(value: unknown): value is string {
  return isBytes(value, 32);
}

export function wrong(name: string): RefusalError {
  return new RefusalError("member-value", name);
}

/** Refuse an object that lacks a required member or has one that is not listed. */
export function exact(body: Body, required: readonly string[], optional: readonly string[] = []): void {
  const missing = required.filter((name) => !Object.hasOwn(body, name)).sort();
  if (missing.length) throw new RefusalError("member-missing", missing[0]);
  const surplus = Object.keys(body)
    .filter((name) => !required.includes(name) && !optional.includes(name))
    .sort();
  if (surplus.length) throw new RefusalError("member-unknown", surplus[0]);
}

function of<T extends Json>(form: (value: unknown) => value is T): (body: Body, name: string) => T {
  return (body, name) => {
    const value = body[name];
    if (!form(value)) throw wrong(name);
    return value;
  };
}

export const slug = of(isSlug);
export const kid = of((value): value is string => typeof value === "string" && KID.test(value));
export const digest = of(isHash);
export const nonce = of((value): value is string => isBytes(value, 16));
export const signature = of((value): value is string => isBytes(value, 64));
/** A string whose inside another module reads. */
export const token = of((value): value is string => typeof value === "string");
export const inner = of(isBody);
/** Words for people: 1 to 80 characters, none of them a control character. */
export const text = of((value): value is string => {
  if (typeof value !== "string" || CONTROL.test(value)) return false;
  const length = Array.from(value).length;
  return length >= 1 && length <= TEXT_LENGTH;
});

export function integer(body: Body, name: string, least: number, most: number): number {
  const value = body[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most) throw wrong(name);
  return value;
}

export function count(body: Body, name: string): number {
  return integer(body, name, 0, Number.MAX_SAFE_INTEGER);
}

export function ordinal(body: Body, name: string): number {
  return integer(body, name, 1, Number.MAX_SAFE_INTEGER);
}

export function time(body: Body, name: string): number {
  return integer(body, name, 0, MAX_TIME);
}

export function moment(body: Body, name: string): Moment {
  return body[name] === "unknown" ? null : time(body, name);
}

export function choice<T extends string>(body: Body, name: string, among: readonly T[]): T {
  const value = among.find((one) => one === body[name]);
  if (value === undefined) throw wrong(name);
  return value;
}

export function array(body: Body, name: string, least: number, most: number): Json[] {
  const value = body[name];
  if (!Array.isArray(value) || value.length < least || value.length > most) throw wrong(name);
  return value;
}

/** An array of strings of one form, strictly ascending by code unit. */
export function sorted<T extends string>(
  body: Body,
  name: string,
  form: (value: unknown) => value is T,
  least = 1,
  most = MAX_IDS,
): T[] {
  const values = array(body, name, least, most);
  const strings: T[] = [];
  for (const value of values) {
    const before = strings.at(-1);
    if (!form(value) || (before !== undefined && before >= value)) throw wrong(name);
    strings.push(value);
  }
  return strings;
}

export function slugs(body: Body, name: string): string[] {
  return sorted(body, name, isSlug);
}

/** What the reader reads, or undefined when the member is not there. */
export function optional<T>(body: Body, name: string, reader: (body: Body, name: string) => T): T | undefined {
  return Object.hasOwn(body, name) ? reader(body, name) : undefined;
}

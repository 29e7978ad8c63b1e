/** JSON in its one canonical form (RFC 8785, integers only). `JSON.parse` keeps the last of two members of one name
 *  and rounds numbers in silence; this parser refuses both, and every text that is not the canonical one of its value. */
import { type Reason, RefusalError, type Refused, refusing } from "./refusal";

export type Json = null | boolean | number | string | Json[] | Body;
/** A JSON object as parsed, without prototype: `__proto__` is a name like another. */
export interface Body {
  [name: string]: Json;
}

export const MAX_DEPTH = 8;
/** With the `u` flag, a surrogate matches only when it stands alone. */
const HALF_PAIR = /\p{Surrogate}/u;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;
const LITERALS = new Map<string, Json>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

export function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The canonical text of a value: members sorted by UTF-16 code units, numbers and strings as ECMAScript writes them. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (isBody(value)) {
    const members = Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonicalText(value[name])}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

export function canonical(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalText(value));
}

class Parser {
  private at = 0;
  /** The first fault that leaves a JSON text: whoever reads further may still find that it isn't one. */
  fault: Reason | null = null;

  constructor(private readonly text: string) {}

  parse(): Json {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) throw new RefusalError("json-syntax", `at ${this.at}`);
    return value;
  }

  private note(reason: Reason): void {
    this.fault ??= reason;
  }

  private space(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.text);
    this.at = SPACE.lastIndex;
  }

  private take(form: RegExp): RegExpExecArray {
    form.lastIndex = this.at;
    const found = form.exec(this.text);
    if (!found) throw new RefusalError("json-syntax", `at ${this.at}`);
    this.at = form.lastIndex;
    return found;
  }

  private is(letter: string): boolean {
    if (this.text[this.at] !== letter) return false;
    this.at++;
    return true;
  }

  private want(letter: string): void {
    if (!this.is(letter)) throw new RefusalError("json-syntax", `at ${this.at}`);
  }

  private value(depth: number): Json {
    this.space();
    const letter = this.text[this.at];
    if (letter === "{" || letter === "[") {
      if (depth === MAX_DEPTH) throw new RefusalError("json-depth");
      return letter === "{" ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (letter === '"') return this.string();
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  private object(depth: number): Body {
    const body: Body = Object.create(null);
    this.want("{");
    this.space();
    if (this.is("}")) return body;
    do {
      this.space();
      const name = this.string();
      if (Object.hasOwn(body, name)) this.note("json-duplicate");
      this.space();
      this.want(":");
      body[name] = this.value(depth);
      this.space();
    } while (this.is(","));
    this.want("}");
    return body;
  }

  private array(depth: number): Json[] {
    const items: Json[] = [];
    this.want("[");
    this.space();
    if (this.is("]")) return items;
    do {
      items.push(this.value(depth));
      this.space();
    } while (this.is(","));
    this.want("]");
    return items;
  }

  private string(): string {
    const start = this.at;
    this.want('"');
    while (this.text[this.at] !== '"') {
      const letter = this.text[this.at];
      if (letter === undefined || letter < " ") throw new RefusalError("json-syntax", `at ${this.at}`);
      if (letter === "\\") this.take(ESCAPE);
      else this.at++;
    }
    this.at++;
    const value = JSON.parse(this.text.slice(start, this.at)) as string;
    if (HALF_PAIR.test(value)) this.note("json-string");
    return value;
  }

  private number(): number {
    const [text, fraction, exponent] = this.take(NUMBER);
    const value = Number(text);
    if (fraction !== undefined || exponent !== undefined || !Number.isSafeInteger(value)) this.note("json-number");
    return value;
  }
}

function textOf(data: Uint8Array, limit: number): string {
  if (data.length > limit) throw new RefusalError("json-size");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new RefusalError("json-utf8");
  }
}

/** Parse JSON that may be laid out for people; everything else that makes two readers differ is refused all the same. */
export function loadReadable(data: Uint8Array, limit: number): Json {
  const parser = new Parser(textOf(data, limit));
  const value = parser.parse();
  if (parser.fault) throw new RefusalError(parser.fault);
  return value;
}

/** Parse canonical JSON of at most `limit` bytes, or throw a `RefusalError`. */
export function load(data: Uint8Array, limit: number): Json {
  const value = loadReadable(data, limit);
  if (canonicalText(value) !== textOf(data, limit)) throw new RefusalError("json-canonical");
  return value;
}

/** As `load`, and the value is an object. */
export function loadObject(data: Uint8Array, limit: number): Body {
  const value = load(data, limit);
  if (!isBody(value)) throw new RefusalError("member-value", "not an object");
  return value;
}

/** Any canonical JSON value, or `Refused` with one of the `json-` reasons. */
export function parse(data: Uint8Array, limit = 65536): Json | Refused {
  return refusing(() => load(data, limit));
}

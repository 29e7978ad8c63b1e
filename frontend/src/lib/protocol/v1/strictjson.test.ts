import { describe, expect, it } from "vitest";
import { Refused } from "./refusal";
import { canonicalText, parse } from "./strictjson";

const encoder = new TextEncoder();
const read = (text: string, limit?: number) => parse(encoder.encode(text), limit);

function reasonOf(value: unknown): string {
  return value instanceof Refused ? value.reason : `taken: ${JSON.stringify(value)}`;
}

describe("strict JSON takes", () => {
  it.each([
    "null",
    "true",
    "[]",
    "{}",
    '""',
    "0",
    "-1",
    "9007199254740991",
    "-9007199254740991",
    '{"a":[1,2,{"b":"é€🗝"}],"b":null}',
    '"\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\"',
    '"\u007f\u2028\u2029"',
    '{"__proto__":1}',
    "[[[[[[[[]]]]]]]]",
  ])("%s", (text) => {
    expect(canonicalText(read(text))).toBe(text);
  });

  it("members in the order of UTF-16 code units, as RFC 8785 does", () => {
    // Its own example, section 3.2.3
    const text = '{"\\r":1,"1":2,"\u0080":3,"\u00f6":4,"\u20ac":5,"\ud83d\ude00":6,"\ufb33":7}';
    expect(canonicalText(read(text))).toBe(text);
  });

  it("a member called __proto__ as a member, and leaves every other object alone", () => {
    const value = read('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("strict JSON refuses", () => {
  it.each([
    ["json-duplicate", '{"a":1,"a":1}'],
    ["json-duplicate", '{"a":1,"b":2,"a":3}'],
    ["json-duplicate", '{"a":1,"\\u0061":2}'],
    ["json-duplicate", '{"__proto__":1,"__proto__":2}'],
    ["json-number", "1.0"],
    ["json-number", "1e3"],
    ["json-number", "9007199254740992"],
    ["json-number", "-9007199254740992"],
    ["json-number", "123456789012345678901234567890"],
    ["json-canonical", "-0"],
    ["json-canonical", " 1"],
    ["json-canonical", "[1, 2]"],
    ["json-canonical", '{"b":1,"a":2}'],
    ["json-canonical", '"\\/"'],
    ["json-canonical", '"\\u00e9"'],
    ["json-canonical", '"\\u001F"'],
    ["json-string", '"\\ud800"'],
    ["json-string", '"\\udc00\\ud800"'],
    ["json-string", '{"\\ud800":1}'],
    ["json-depth", "[[[[[[[[[]]]]]]]]]"],
    ["json-syntax", ""],
    ["json-syntax", "01"],
    ["json-syntax", "+1"],
    ["json-syntax", "NaN"],
    ["json-syntax", "Infinity"],
    ["json-syntax", "nul"],
    ["json-syntax", "truefalse"],
    ["json-syntax", "[1,]"],
    ["json-syntax", "[1 2]"],
    ["json-syntax", '{"a":1,}'],
    ["json-syntax", '{"a"}'],
    ["json-syntax", "{a:1}"],
    ["json-syntax", "{'a':1}"],
    ["json-syntax", '{"a":1}}'],
    ["json-syntax", '"a'],
    ["json-syntax", '"\\x41"'],
    ["json-syntax", '"\\u12g4"'],
    ["json-syntax", '"\n"'],
    ["json-syntax", "\ufeff1"],
    ["json-syntax", "1//"],
  ])("%s: %j", (reason, text) => {
    expect(reasonOf(read(text))).toBe(reason);
  });

  it("bytes that are not UTF-8, and more than the limit", () => {
    expect(reasonOf(parse(Uint8Array.of(0x22, 0xc0, 0x80, 0x22)))).toBe("json-utf8");
    expect(reasonOf(parse(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)))).toBe("json-utf8");
    expect(reasonOf(read('"abc"', 4))).toBe("json-size");
    expect(reasonOf(read("[".repeat(60000)))).toBe("json-depth");
  });
});

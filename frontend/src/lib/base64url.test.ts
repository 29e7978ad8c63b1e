import { describe, expect, it } from "vitest";
import { decode, decodePadded, encode } from "./base64url";

const VECTORS: [string, string][] = [
  ["", ""],
  ["f", "Zg"],
  ["fo", "Zm8"],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg"],
  ["fooba", "Zm9vYmE"],
  ["foobar", "Zm9vYmFy"],
];

describe("base64url", () => {
  it.each(VECTORS)("carries %j as RFC 4648 says", (plain, text) => {
    const bytes = new TextEncoder().encode(plain);
    expect(encode(bytes)).toBe(text);
    expect(decode(text)).toEqual(bytes);
  });

  it("agrees with Node on every length and byte", () => {
    for (let length = 0; length < 300; length++) {
      const bytes = Uint8Array.from({ length }, (_, n) => (n * 151 + length * 7) & 255);
      const text = Buffer.from(bytes).toString("base64url");
      expect(encode(bytes)).toBe(text);
      expect(decode(text)).toEqual(bytes);
    }
  });

  it.each([
    ["padding", "Zg=="],
    ["standard alphabet", "+/8"],
    ["impossible length", "Zm9vY"],
    ["stray last bits", "Zh"],
    ["stray last bits in three letters", "Zm9"],
    ["white space", "Zg \n"],
    ["a letter above ASCII", "Zgé0"],
  ])("refuses %s", (_, text) => {
    expect(decode(text)).toBeNull();
  });
});

describe("padded base64", () => {
  it.each(["", "AA==", "AAA=", "AAAA", "+/+/"])("takes %j", (text) => {
    expect(Buffer.from(decodePadded(text) ?? []).toString("base64")).toBe(text);
  });

  it.each(["A", "AA", "AA=", "AAA", "AAAA=", "AB==", "-_-_", "AA==AA==", "A A=", "===="])("refuses %j", (text) => {
    expect(decodePadded(text)).toBeNull();
  });
});

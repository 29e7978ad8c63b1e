import { describe, expect, it } from "vitest";
import { codeInAddress, typedCode } from "./sticker";

describe("the code of a sticker", () => {
  it.each([
    ["https://meaux.example/c/k7m2p9qt/", "k7m2p9qt"],
    ["https://meaux.example/c/k7m2p9qt", "k7m2p9qt"],
    ["http://localhost:8000/c/K7M2P9QT/?from=sticker", "k7m2p9qt"],
    ["https://meaux.example/c/", null],
    ["https://meaux.example/c/k7m2p9qt/more", null],
    ["https://meaux.example/c/../admin", null],
    ["https://meaux.example/other/k7m2p9qt/", null],
    ["https://meaux.example/c/%2e%2e%2fadmin", null],
    ["javascript:alert(1)", null],
    ["k7m2p9qt", null],
    ["", null],
  ])("in %j is %j", (text, code) => {
    expect(codeInAddress(text, "/c/")).toBe(code);
  });

  it.each([
    ["k7m2p9qt", "k7m2p9qt"],
    [" K7M2-P9QT ", "k7m2p9qt"],
    ["k7m2 p9qt", "k7m2p9qt"],
    ["k7m2/p9qt", null],
    ["", null],
  ])("typed %j is %j", (text, code) => {
    expect(typedCode(text)).toBe(code);
  });
});

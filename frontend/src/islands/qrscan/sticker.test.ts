import { describe, expect, it } from "vitest";
import { codeInAddress, labelText, typedCode } from "./sticker";

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
    [" LW:D0:1122334455667788:24E124538B223213:AABB1122 ", "LW:D0:1122334455667788:24E124538B223213:AABB1122"],
    ["24e124538b223213", "24e124538b223213"],
    ["0x00158D0007EF997C", "0x00158D0007EF997C"],
    ["LW:D0:1122", null],
    ["https://meaux.example/c/k7m2p9qt/", null],
    ["WIFI:S:mairie;T:WPA;P:secret;;", null],
    ["", null],
  ])("the label %j is %j", (text, label) => {
    expect(labelText(text)).toBe(label);
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

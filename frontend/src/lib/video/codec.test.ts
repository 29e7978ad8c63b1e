import { describe, expect, it } from "vitest";
import { numbers } from "../protocol/v1/world.fixture";
import { codecOf, isH265 } from "./codec";
import { box, segment } from "./codec.fixture";

const TEXT = (text: string) => new TextEncoder().encode(text);

describe("the codec of an initialization segment", () => {
  it("is read from the decoder configuration, not guessed", () => {
    expect(codecOf(segment("avc1", [0x64, 0x00, 0x28]))).toBe("avc1.640028");
    expect(codecOf(segment("avc1", [0x42, 0xc0, 0x1e]))).toBe("avc1.42C01E");
    expect(codecOf(segment("avc3", [0x4d, 0x40, 0x1f]))).toBe("avc3.4D401F");
  });

  it("of H.265 is said plainly", () => {
    for (const name of ["hvc1", "hev1"]) {
      expect(codecOf(segment(name, [1, 0x60, 0]))).toBe(name);
      expect(isH265(name)).toBe(true);
    }
    expect(isH265("avc1.640028")).toBe(false);
  });

  it("is nothing where there is none", () => {
    expect(codecOf(new Uint8Array())).toBeNull();
    expect(codecOf(box("moov", box("trak", TEXT("nothing"))))).toBeNull();
    expect(codecOf(segment("avc1", []))).toBeNull();
  });

  it("is a codec or nothing, whatever the bytes are", () => {
    const whole = segment("avc1", [0x64, 0x00, 0x28]);
    for (let at = 0; at < whole.length; at += 1) expect(codecOf(whole.subarray(0, at))).toBeNull();
    for (let seed = 0; seed < 500; seed += 1) {
      const random = numbers(seed);
      const mutated = whole.slice();
      for (let times = 4; times > 0; times -= 1) {
        mutated[Math.floor(random() * mutated.length)] = Math.floor(random() * 256);
      }
      expect(codecOf(mutated) ?? "none").toMatch(/^(?:avc[13]\.[0-9A-F]{6}|[a-z0-9]{4})$/);
    }
  });
});

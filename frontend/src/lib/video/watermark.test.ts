import { describe, expect, it } from "vitest";
import { writing } from "./watermark";

/** Whether some line crosses this rectangle: lines go by their middle, slanted around the picture's own. */
function crossed(picture: { width: number; height: number }, box: readonly [number, number, number, number]): boolean {
  const line = 14;
  const { size, slant, at } = writing(picture, line);
  const [cos, sin] = [Math.cos(slant), Math.sin(slant)];
  return at.some(([x, y]) => {
    for (let along = 0; along <= line * size; along += size / 2) {
      const [px, py] = [
        picture.width / 2 + (x + along) * cos - y * sin,
        picture.height / 2 + (x + along) * sin + y * cos,
      ];
      if (px >= box[0] && px <= box[2] && py >= box[1] && py <= box[3]) return true;
    }
    return false;
  });
}

describe("a watermark", () => {
  it.each([
    [640, 360],
    [1920, 1080],
    [320, 240],
    [360, 640],
  ])("leaves no third of a picture of %i × %i without a line", (width, height) => {
    for (let column = 0; column < 3; column += 1) {
      for (let row = 0; row < 3; row += 1) {
        const [x, y] = [(column * width) / 3, (row * height) / 3];
        expect(crossed({ width, height }, [x, y, x + width / 3, y + height / 3])).toBe(true);
      }
    }
  });

  it("is written as large as the picture bears", () => {
    expect(writing({ width: 1920, height: 1080 }, 10).size).toBe(38);
    expect(writing({ width: 160, height: 120 }, 10).size).toBe(11);
  });
});

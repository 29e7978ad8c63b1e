import { describe, expect, it } from "vitest";
import {
  type Area,
  blocksOf,
  boxOf,
  fitted,
  meanOf,
  MOST,
  moved,
  type Pixels,
  paint,
  readAreas,
  scaled,
  sized,
  spanned,
  stretched,
  writeAreas,
} from "./hiding";

/** Numbers that look like chance and are the same each time. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

function inside([x, y, width, height]: Area): boolean {
  return x >= 0 && y >= 0 && width >= 0.01 && height >= 0.01 && x + width <= 1.00001 && y + height <= 1.00001;
}

describe("an area", () => {
  it("is what lies between two points, however it is drawn", () => {
    expect(spanned([0.5, 0.6], [0.2, 0.9])).toEqual([0.2, 0.6, 0.3, 0.3]);
    expect(spanned([-3, 0.25], [0.5, 7])).toEqual([0, 0.25, 0.5, 0.75]);
  });

  it("moves up to the edge and keeps its size", () => {
    expect(moved([0.2, 0.2, 0.3, 0.3], 0.1, -0.05)).toEqual([0.3, 0.15, 0.3, 0.3]);
    expect(moved([0.2, 0.2, 0.3, 0.3], 2, -2)).toEqual([0.7, 0, 0.3, 0.3]);
  });

  it("grows to the edge at most, and never to nothing", () => {
    expect(stretched([0.5, 0.5, 0.2, 0.2], 0.1, 9)).toEqual([0.5, 0.5, 0.3, 0.5]);
    expect(stretched([0.5, 0.5, 0.2, 0.2], -1, -0.1)).toEqual([0.5, 0.5, 0.01, 0.1]);
    expect(scaled([0.4, 0.4, 0.2, 0.2], 2)).toEqual([0.3, 0.3, 0.4, 0.4]);
    expect(scaled([0, 0.9, 0.1, 0.1], 1.5)).toEqual([0, 0.85, 0.15, 0.15]);
  });

  it("stays in the photo and has four decimals, whatever is done to it", () => {
    const chance = chances(7);
    let area: Area = [0.4, 0.4, 0.2, 0.2];
    for (let turn = 0; turn < 2_000; turn++) {
      const [one, other] = [chance() * 2 - 1, chance() * 2 - 1];
      const acts = [
        () => moved(area, one, other),
        () => stretched(area, one, other),
        () => scaled(area, 0.5 + chance()),
      ];
      area = acts[turn % 3]!();
      expect(inside(area)).toBe(true);
      expect(area.every((each) => String(each).length <= 6)).toBe(true);
    }
  });
});

describe("what a field holds", () => {
  it("comes back as it was", () => {
    const areas: Area[] = [
      [0.1, 0.2, 0.3, 0.4],
      [0.1235, 0.5, 0.0123, 0.05],
    ];
    expect(writeAreas(areas)).toBe("[[0.1,0.2,0.3,0.4],[0.1235,0.5,0.0123,0.05]]");
    expect(readAreas(writeAreas(areas))).toEqual(areas);
  });

  it.each(["", "{", "{}", "null", "3", '["x"]', "[[1,2,3]]", '[[0,0,"1",1]]', "[[0,0,null,1]]"])(
    "%j holds nothing",
    (text) => {
      expect(readAreas(text)).toEqual([]);
    },
  );

  it("is put right, and no more than twenty", () => {
    expect(readAreas("[[-1,0.5,4,0.123456]]")).toEqual([[0, 0.5, 1, 0.1235]]);
    expect(readAreas(JSON.stringify(Array(30).fill([0, 0, 0.5, 0.5])))).toHaveLength(MOST);
  });
});

describe("blocks", () => {
  it("cover the area, each point once, and none is small", () => {
    const chance = chances(3);
    for (let turn = 0; turn < 200; turn++) {
      const [wide, high] = [1 + Math.floor(chance() * 400), 1 + Math.floor(chance() * 400)];
      const box = boxOf(fitted([chance(), chance(), chance(), chance()]), wide, high);
      expect(box.x + box.width).toBeLessThanOrEqual(wide);
      expect(box.y + box.height).toBeLessThanOrEqual(high);
      const seen = new Map<string, number>();
      for (const block of blocksOf(box)) {
        expect(block.width).toBeGreaterThanOrEqual(Math.min(24, box.width) - 1);
        expect(block.height).toBeGreaterThanOrEqual(Math.min(24, box.height) - 1);
        for (let y = block.y; y < block.y + block.height; y++) {
          for (let x = block.x; x < block.x + block.width; x++) seen.set(`${x} ${y}`, (seen.get(`${x} ${y}`) ?? 0) + 1);
        }
      }
      expect(seen.size).toBe(box.width * box.height);
      expect(new Set(seen.values())).toEqual(new Set(box.width * box.height > 0 ? [1] : []));
    }
  });

  it("are two to the shorter side at most", () => {
    expect(blocksOf({ x: 0, y: 0, width: 800, height: 1600 })).toHaveLength(2 * 4);
    expect(blocksOf({ x: 0, y: 0, width: 20, height: 20 })).toHaveLength(1);
  });

  it("take in every point that an area touches", () => {
    expect(boxOf([0.25, 0.5, 0.5, 0.5], 10, 10)).toEqual({ x: 2, y: 5, width: 6, height: 5 });
  });

  it("have about the mean of their own points, and say nothing else of them", () => {
    const [width, height] = [100, 100];
    const chance = chances(11);
    const data = Uint8ClampedArray.from({ length: width * height * 4 }, () => Math.floor(chance() * 160));
    const whole: Pixels = { data, width, height };
    const drawn: [string, number[]][] = [];
    const pen = {
      fillStyle: "",
      fillRect(...box: number[]) {
        drawn.push([this.fillStyle, box]);
      },
    };
    paint(pen as unknown as CanvasRenderingContext2D, whole, [[0, 0, 1, 1]]);
    expect(drawn).toHaveLength(4);
    const [, first] = drawn[0]!;
    expect(first).toEqual([0, 0, 50, 50]);
    const means = [0, 1, 2].map((channel) => {
      let sum = 0;
      for (let y = 0; y < 50; y++) for (let x = 0; x < 50; x++) sum += data[(y * width + x) * 4 + channel]!;
      return 16 * Math.round(sum / 2_500 / 16);
    });
    expect(drawn[0]![0]).toBe(`rgb(${means.join(" ")})`);
    expect(meanOf(whole, { x: 0, y: 0, width: 0, height: 0 })).toBe("rgb(0 0 0)");
  });
});

describe("a large photo", () => {
  it("is made as small as a phone's canvas, in its own proportion", () => {
    expect(sized(1600, 1200)).toEqual([1600, 1200]);
    expect(sized(9000, 6000)).toEqual([4096, 2731]);
    expect(sized(1, 100_000)).toEqual([1, 4096]);
    expect(sized(3000, 2000, 1500)).toEqual([1500, 1000]);
  });
});

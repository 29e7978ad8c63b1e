import { describe, expect, it } from "vitest";
import { Reading } from "./reading";

function screen() {
  const answers: ((told: string | null) => void)[] = [];
  const said: string[] = [];
  let now = 1_000_000;
  const reading = new Reading<string>(
    {
      read: () => new Promise((answer) => answers.push(answer)),
      begins: () => said.push("begins"),
      found: (told) => said.push(told),
      failed: () => said.push("failed"),
    },
    () => now,
  );
  return {
    reading,
    said,
    begun: () => answers.length,
    answer: async (told: string | null) => {
      answers.at(-1)?.(told);
      await Promise.resolve();
      await Promise.resolve();
    },
    after: (milliseconds: number) => {
      for (let left = milliseconds; left > 0; left -= 1_000) {
        now += Math.min(left, 1_000);
        reading.tick();
      }
    },
  };
}

describe("reading everything afresh", () => {
  it("begins at once, and hands on what it finds", async () => {
    const { reading, said, answer, after, begun } = screen();
    reading.want();
    expect(said).toEqual(["begins"]);
    await answer("everything");
    expect(said).toEqual(["begins", "everything"]);
    after(600_000);
    expect(begun()).toBe(1);
  });

  it("is one reading however many ask while it is under way, and one more after it", async () => {
    const { reading, answer, after, begun } = screen();
    for (let times = 0; times < 120; times += 1) reading.want();
    expect(begun()).toBe(1);
    after(60_000);
    expect(begun()).toBe(1);
    await answer("everything");
    after(1_000);
    expect(begun()).toBe(2);
    await answer("everything");
    after(60_000);
    expect(begun()).toBe(2);
  });

  it("tries again every three seconds while the server is away, whoever asks meanwhile", async () => {
    const { reading, said, answer, after, begun } = screen();
    reading.want();
    for (let seconds = 0; seconds < 600; seconds += 1) {
      await answer(null);
      if (seconds % 5 === 0) reading.want();
      after(1_000);
    }
    expect(begun()).toBeLessThanOrEqual(201);
    expect(begun()).toBeGreaterThan(150);
    await answer("everything");
    expect(said.at(-1)).toBe("everything");
  });

  it("is made no more often than that when the server has it read again and again", async () => {
    const { reading, answer, after, begun } = screen();
    for (let seconds = 0; seconds < 30; seconds += 1) {
      reading.want();
      await answer("everything");
      after(1_000);
    }
    expect(begun()).toBe(11);
  });

  it("can wait longer where nobody waits for it, and not when somebody does", async () => {
    const { reading, answer, after, begun } = screen();
    reading.want();
    await answer("everything");
    reading.want(10_000);
    after(9_000);
    expect(begun()).toBe(1);
    after(1_000);
    expect(begun()).toBe(2);
    await answer("everything");
    reading.want(10_000);
    after(3_000);
    reading.want();
    expect(begun()).toBe(3);
  });
});

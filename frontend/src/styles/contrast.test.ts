/** The tokens read well: WCAG 2.2's ratios of relative luminance, in both themes. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const SHEET = readFileSync(new URL("tokens.css", import.meta.url), "utf8").replace(/\/\*.*?\*\//gs, "");
const TEXT = 4.5;
const CONTROL = 3;

type Theme = 0 | 1;

/** The colour of a token: the last literal in each half of its light-dark(), which is what no authority has changed. */
function colour(name: string, theme: Theme): string {
  const value = new RegExp(`--${name}:([^;]*);`).exec(SHEET)?.[1] ?? "";
  const found = value.match(/#[0-9a-f]{6}/g) ?? [];
  const one = found.length === 1 ? found[0] : found[theme];
  if (one === undefined) throw new Error(`no colour in --${name}`);
  return one;
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string, theme: Theme): number {
  const [low = 0, high = 0] = [luminance(colour(one, theme)), luminance(colour(other, theme))].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ["ground", "surface", "sunken"];
const STATES = ["good", "bad", "warn", "info"];
const PAIRS: [string, string, number][] = [
  ...GROUNDS.flatMap((ground): [string, string, number][] => [
    ["ink", ground, 7],
    ["ink-soft", ground, TEXT],
    ["accent", ground, TEXT],
    ["line-strong", ground, CONTROL],
    ...STATES.map((state): [string, string, number] => [state, ground, TEXT]),
  ]),
  ...STATES.flatMap((state): [string, string, number][] => [
    [state, `${state}-ground`, TEXT],
    ["ink", `${state}-ground`, 7],
    ["accent", `${state}-ground`, TEXT],
  ]),
  ["accent", "accent-ground", TEXT],
  ["ink", "accent-ground", 7],
  ["accent-ink", "accent", TEXT],
  ["on-solid", "good-solid", TEXT],
  ["on-solid", "bad-solid", TEXT],
];

describe.each([
  ["light", 0],
  ["dark", 1],
] as const)("%s", (_, theme) => {
  it.each(PAIRS)("%s on %s has %d:1", (one, other, least) => {
    expect(contrast(one, other, theme)).toBeGreaterThanOrEqual(least);
  });
});

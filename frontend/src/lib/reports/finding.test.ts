import { describe, expect, it } from "vitest";
import { isFound } from "./finding";

describe("a kind of fault", () => {
  it("is found by any of its words, in any order, with or without accents", () => {
    const lamp = "Éclairage public Lampadaire éteint, nœud de câbles";
    expect(isFound(lamp, "")).toBe(true);
    expect(isFound(lamp, "eclairage")).toBe(true);
    expect(isFound(lamp, "ÉTEINT lampa")).toBe(true);
    expect(isFound(lamp, "noeud")).toBe(true);
    expect(isFound(lamp, "l’éclairage")).toBe(true);
    expect(isFound(lamp, "trottoir")).toBe(false);
  });
});

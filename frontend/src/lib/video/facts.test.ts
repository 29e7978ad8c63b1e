import { describe, expect, it } from "vitest";
import { octetJwk } from "../protocol/v1/jwk";
import { octet } from "../protocol/v1/world.fixture";
import { readFacts, shortly } from "./facts";

const TILE = {
  gate: "camera-12",
  name: "Hall A",
  relay: { id: "relay-1", address: "https://relais.example" },
  chain: "a.b.c",
  purpose: "Attroupement",
  holder: "Nina Roche",
  service: "Police municipale",
  ends: "2026-11-23T10:00:00Z",
};
const SAID = {
  now: "2026-11-23T08:00:00.250Z",
  authority: "meaux",
  roots: [octetJwk(octet(1).key), octetJwk(octet(2).key)],
  keyset: "token",
  grant: "8c7f1f5a-2a63-4b0e-8a55-0d9f3a51c001",
  state: "open",
  thumbprint: "thumb",
  asks: "2026-11-23T08:30:00Z",
  tiles: [TILE],
};

describe("the page's facts", () => {
  it("are read into moments of the server's clock", () => {
    expect(readFacts(SAID)).toMatchObject({
      now: Date.UTC(2026, 10, 23, 8, 0, 0, 250),
      claim: { authority: "meaux", roots: [octet(1).key, octet(2).key], keyset: "token" },
      standing: "open",
      reason: "",
      asks: Date.UTC(2026, 10, 23, 8, 30),
      closes: null,
      tiles: [{ name: "Hall A", ends: Date.UTC(2026, 10, 23, 10), relay: { id: "relay-1" } }],
    });
    expect(shortly(SAID.grant)).toBe("8c7f1f5a");
  });

  it.each([
    null,
    [],
    { ...SAID, state: "half-open" },
    { ...SAID, now: "soon" },
    { ...SAID, tiles: {} },
    { ...SAID, tiles: [{ ...TILE, chain: null }] },
    { ...SAID, tiles: [{ ...TILE, ends: "later" }] },
  ])("are nothing when they can't be read (%#)", (said) => expect(readFacts(said)).toBeNull());

  it.each([
    ["https://relais.example:8443/camera", true],
    ["http://localhost:8090", true],
    ["http://127.0.0.1:8090/", true],
    ["http://relais.example", false],
    ["http://localhost.example", false],
    ["https://user:password@relais.example", false],
    ["https://relais.example/?token=1", false],
    ["https://relais.example/#token", false],
    ["//relais.example", false],
    ["javascript:alert(1)", false],
    ["https://", false],
  ])("a relay at %s: %s", (address, admitted) => {
    const said = { ...SAID, tiles: [{ ...TILE, relay: { id: "relay-1", address } }] };
    expect(readFacts(said) !== null).toBe(admitted);
  });
});

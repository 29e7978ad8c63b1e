import { describe, expect, it } from "vitest";
import {
  ANSWER_PATIENCE,
  type Characteristic,
  choose,
  type Line,
  LINK_PATIENCE,
  link,
  type Pass,
  PART,
  SLOWEST,
  Unreached,
} from "./radio";
import { Antenna } from "./radio.fixture";

/** Short waits pass at once, the bounds never do. */
const patient: Pass = (seconds) => (seconds < 1 ? Promise.resolve() : new Promise(() => undefined));
/** A bound is over once everything else had its turn a few times. */
const hurried: Pass = async (seconds) => {
  for (let turn = seconds < 1 ? 1 : 200; turn > 0; turn--) await new Promise((done) => setTimeout(done));
};

async function lined(antenna: Antenna, pass = patient): Promise<Line | Unreached> {
  const chosen = await choose(antenna.bluetooth);
  return chosen instanceof Unreached ? chosen : link(chosen, pass);
}

async function said(antenna: Antenna, frame: object = { f: "hello", ver: 1 }, pass = patient): Promise<string> {
  const line = await lined(antenna, pass);
  if (line instanceof Unreached) return line.fault;
  const bytes = await line.ask(frame);
  line.end();
  expect(antenna.linked).toBe(false);
  return bytes instanceof Unreached ? bytes.fault : new TextDecoder().decode(bytes);
}

const echo = () => new Antenna(async (frame) => ({ got: frame.f, size: String(frame.more ?? "").length }));

describe("a lock by Bluetooth", () => {
  it("is asked one frame and answers one", async () => {
    expect(await said(echo())).toBe('{"got":"hello","size":0}');
  });

  it("takes a long frame in parts, and gives one in parts, at whatever length it cuts them", async () => {
    for (const part of [1, 3, 5, 20, PART]) {
      const antenna = echo();
      [antenna.part, antenna.slow] = [part, 3];
      expect(await said(antenna, { f: "response", more: "x".repeat(2000) })).toBe('{"got":"response","size":2000}');
      expect(Math.max(...antenna.writes)).toBe(PART);
      expect(antenna.writes).toHaveLength(4);
    }
  });

  it("answers several frames one after the other", async () => {
    const line = await lined(echo());
    if (line instanceof Unreached) throw new Error(line.fault);
    for (const f of ["hello", "challenge-request", "response"]) {
      const bytes = await line.ask({ f });
      expect(new TextDecoder().decode(bytes as Uint8Array)).toBe(`{"got":"${f}","size":0}`);
    }
  });

  it.each([
    ["bluetooth-off", (antenna: Antenna) => void (antenna.on = false)],
    ["not-chosen", refusing("NotFoundError")],
    ["bluetooth-denied", refusing("SecurityError")],
    ["bluetooth-denied", refusing("NotAllowedError")],
    ["out-of-reach", (antenna: Antenna) => void (antenna.near = false)],
    ["hung-up", (antenna: Antenna) => void (antenna.breaksAt = "hello")],
    ["frame-size", (antenna: Antenna) => void (antenna.raw = Uint8Array.from([0, 0, 0x20, 1]))],
    ["frame-size", (antenna: Antenna) => void (antenna.raw = Uint8Array.from([0, 0, 0, 1, 123, 125]))],
  ] as [string, (antenna: Antenna) => void][])("that can't be spoken to says why: %s", async (fault, break_) => {
    const antenna = echo();
    break_(antenna);
    expect(await said(antenna)).toBe(fault);
  });

  it("is linked to again when the first try fails", async () => {
    const antenna = echo();
    antenna.lost = 1;
    expect(await said(antenna)).toContain("hello");
  });

  it("is waited for only so long, whether it says nothing or the link hangs", async () => {
    expect(await said(new Antenna(async () => null), { f: "hello" }, hurried)).toBe("lock-silent");
    const hanging = { gatt: { connected: false, connect: () => new Promise<never>(() => undefined) } };
    const ended: string[] = [];
    const peripheral = {
      gatt: { ...hanging.gatt, disconnect: () => void ended.push("ended"), getPrimaryService: never },
    };
    expect(await link(peripheral, hurried)).toEqual(new Unreached("out-of-reach"));
    expect(ended).toEqual(["ended"]);
    expect(Math.min(ANSWER_PATIENCE, LINK_PATIENCE)).toBeGreaterThanOrEqual(1);
  });

  it("is waited for as long as a long frame takes to go down, within the lock's own bound", async () => {
    const waits: number[] = [];
    const counted: Pass = (seconds) => {
      waits.push(seconds);
      return patient(seconds);
    };
    const line = await lined(echo(), counted);
    if (line instanceof Unreached) throw new Error(line.fault);
    await line.ask({ f: "carry-down", more: "x".repeat(57_000) });
    const patience = Math.max(...waits.slice(1));
    expect(patience).toBeGreaterThan(ANSWER_PATIENCE + 57_000 / SLOWEST);
    expect(patience).toBeLessThan(120);
  });

  it("isn't kept by a link that comes about once nobody waits for it", async () => {
    const late = new Late();
    expect(await link({ gatt: late }, hurried)).toEqual(new Unreached("out-of-reach"));
    late.comes[0]?.();
    await turns();
    expect(late.connected).toBe(false);
  });

  it.each(["comes", "fails"] as const)(
    "keeps the link of a new try when that of the former one %s late",
    async (how) => {
      const late = new Late();
      await link({ gatt: late }, hurried);
      const again = link({ gatt: late }, patient);
      late.comes[1]?.();
      expect(await again).not.toBeInstanceOf(Unreached);
      late[how][0]?.();
      await turns();
      expect(late.connected).toBe(true);
    },
  );
});

const turns = () => new Promise((done) => setTimeout(done, 0));

/** A device whose links come about, or fail, when the test says so. As in a browser, cutting a link that isn't there does nothing. */
class Late {
  connected = false;
  readonly comes: (() => void)[] = [];
  readonly fails: (() => void)[] = [];

  connect(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.comes.push(() => {
        this.connected = true;
        resolve(this);
      });
      this.fails.push(() => reject(new DOMException("", "NetworkError")));
    });
  }

  disconnect(): void {
    this.connected = false;
  }

  async getPrimaryService(): Promise<{ getCharacteristic(): Promise<Characteristic> }> {
    const characteristic = { writeValueWithResponse: async () => undefined, readValue: never };
    return { getCharacteristic: async () => characteristic };
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function refusing(name: string): (antenna: Antenna) => void {
  return (antenna) => {
    antenna.chooser = () => {
      throw new DOMException("", name);
    };
  };
}

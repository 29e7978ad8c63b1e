import { IDBFactory } from "fake-indexeddb";
import { type Answer, type Api, Problem } from "../../lib/api";
import { decode } from "../../lib/base64url";
import { Antenna } from "../../lib/radio.fixture";
import { openPhone, type Phone, type PhoneKey } from "../../lib/phone";
import { verifyCertificate } from "../../lib/protocol/v1/certificate";
import { holderOf, scopeOf, verifyChain } from "../../lib/protocol/v1/chain";
import { proofMessage, verifyChallenge } from "../../lib/protocol/v1/exchange";
import { octetJwk, verifiesEs256 } from "../../lib/protocol/v1/jwk";
import { verifyKeySet } from "../../lib/protocol/v1/keyset";
import { expectTaken } from "../../lib/protocol/v1/refusal";
import * as world from "../../lib/protocol/v1/world.fixture";
import { type Door, type Opened, type Ports } from "./flow";
import { Stopped } from "../../lib/rights/stopped";

const { AUTHORITY, GATE, NOW, ROOTS } = world;
export const DOOR: Door = { gate: GATE, person: "alice", action: "open" };

export type Handler = (body: Record<string, unknown>) => Promise<Record<string, unknown> | Problem>;

/** A server and a lock that answer as the real ones do; a test replaces what it wants to go wrong. */
export class Street {
  readonly chains: string[] = [];
  keyset = world.keyset();
  revocation = world.revocation({ num: 4 });
  roots = ROOTS.map(({ key }) => octetJwk(key));
  asked: string[] = [];
  challenge: Handler = async () => ({ frame: { f: "challenge", challenge: await world.challenge() } });
  response: Handler = async (body) => ({ frame: { f: "result", result: await world.result(await this.judge(body)) } });
  receipts: (Answer | Problem)[] = [];

  readonly api: Api = {
    get: async (path) => {
      this.asked.push(path);
      if (path.endsWith("/receipt")) return this.receipts.shift() ?? new Problem("network", 0);
      const body = {
        authority: AUTHORITY,
        roots: this.roots,
        keyset: await this.keyset,
        certificate: await world.certificate(),
        chains: this.chains,
        revocation: await this.revocation,
      };
      return { status: 200, body };
    },
    post: async (path, sent) => {
      this.asked.push(path);
      const handler = path.endsWith("/challenge") ? this.challenge : this.response;
      const body = await handler(sent as Record<string, unknown>);
      return body instanceof Problem ? body : { status: 200, body };
    },
  };

  /** The lock's own decision, from the bytes it received. */
  protected async judge(body: Record<string, unknown>, transport = "relay"): Promise<object> {
    const frame = body.frame as Record<string, string>;
    const keyset = expectTaken(
      verifyKeySet(await world.keyset(), { roots: ROOTS.map((one) => one.key), authority: AUTHORITY }),
    );
    const certificate = expectTaken(verifyCertificate(await world.certificate(), { keyset, now: NOW }));
    const challenge = expectTaken(verifyChallenge(await world.challenge({ transport }), { certificate, gate: GATE }));
    const chain = expectTaken(verifyChain(frame.chain ?? "", { keyset, now: NOW }));
    const message = proofMessage(challenge, frame.action ?? "", chain.text);
    if (!verifiesEs256(holderOf(chain), decode(frame.proof ?? "") ?? new Uint8Array(), message)) {
      return { out: "proof-signature" };
    }
    if (!scopeOf(chain).resources.includes(GATE)) return { out: "resource-not-granted" };
    return { out: NOW < scopeOf(chain).end ? "admitted" : "expired" };
  }
}

export async function enrolled(): Promise<{ phone: Phone; key: PhoneKey }> {
  const phone = await openPhone(new IDBFactory());
  const key = await phone.makeKey("alice");
  await phone.adopt("alice", key.thumbprint);
  return { phone, key };
}

export function portsOf(street: Street, phone: Phone): Ports {
  return { api: street.api, phone, kept: null, bluetooth: null, now: () => NOW, pass: async () => undefined };
}

export function codesOf(outcome: Opened | Stopped): readonly string[] {
  return outcome instanceof Stopped ? outcome.codes : ["open"];
}

/** The server is down; the lock is there. */
export class Alone extends Street {
  lists: Record<string, unknown>[] = [];
  held = { keyset: 3, revocations: [3, 4] };
  certificate = world.certificate();
  readonly antenna = new Antenna(async (frame) => this.answer(frame));
  local: Handler = async () => ({ f: "challenge", challenge: await world.challenge({ transport: "local" }) });
  verdict: (body: Record<string, unknown>) => Promise<object> = async (frame) => this.judge({ frame }, "local");

  private async answer(frame: Record<string, unknown>): Promise<object | null> {
    if (frame.f === "hello") {
      const { keyset, revocations } = this.held;
      return {
        certificate: await this.certificate,
        f: "gate",
        gate: GATE,
        keyset,
        revocations,
        unreceipted: 0,
        ver: 1,
      };
    }
    if (frame.f === "challenge-request") return (await this.local(frame)) as object;
    if (frame.f === "response") return { f: "result", result: await world.result(await this.verdict(frame)) };
    this.lists.push(frame);
    return { f: "carried" };
  }
}

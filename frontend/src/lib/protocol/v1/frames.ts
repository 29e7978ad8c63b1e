/** The frames that a holder reads from a gate: `gate`, `challenge`, `result` and the unsigned `refused`. */
import * as members from "./members";
import { isReason, type Reason, RefusalError, type Refused, refusing } from "./refusal";
import { type Body, isBody, loadObject } from "./strictjson";

const EXCHANGE_LIMIT = 8192;

export type GateFrame =
  | {
      readonly f: "gate";
      readonly ver: number;
      readonly gate: string;
      readonly certificate: string;
      /** Number of the key set that the gate holds, then (set, number) of its revocation list, and events that wait. */
      readonly keyset: number;
      readonly revocations: readonly [number, number];
      readonly unreceipted: number;
    }
  | { readonly f: "challenge"; readonly challenge: string }
  | { readonly f: "result"; readonly result: string }
  | { readonly f: "refused"; readonly reason: Reason };

const MEMBERS: Readonly<Record<GateFrame["f"], readonly string[]>> = {
  gate: ["ver", "gate", "certificate", "keyset", "revocations", "unreceipted"],
  challenge: ["challenge"],
  result: ["result"],
  refused: ["reason"],
};

function isName(value: unknown): value is GateFrame["f"] {
  return typeof value === "string" && Object.hasOwn(MEMBERS, value);
}

function read(body: Body): GateFrame {
  const name = body.f;
  if (!isName(name)) throw new RefusalError("frame-type");
  members.exact(body, ["f", ...MEMBERS[name]]);
  if (name === "gate") return readGate(body);
  if (name === "challenge") return { f: name, challenge: members.token(body, "challenge") };
  if (name === "result") return { f: name, result: members.token(body, "result") };
  const reason = body.reason;
  if (!isReason(reason)) throw members.wrong("reason");
  return { f: name, reason };
}

function readGate(body: Body): GateFrame {
  const [set, num] = members.array(body, "revocations", 2, 2);
  if (!isCount(set) || !isCount(num)) throw members.wrong("revocations");
  return {
    f: "gate",
    ver: members.count(body, "ver"),
    gate: members.slug(body, "gate"),
    certificate: members.token(body, "certificate"),
    keyset: members.count(body, "keyset"),
    revocations: [set, num],
    unreceipted: members.count(body, "unreceipted"),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** The frame in the bytes that a gate sent. */
export function decodeFrame(data: Uint8Array): GateFrame | Refused {
  return refusing(() => {
    if (data.length > EXCHANGE_LIMIT) throw new RefusalError("frame-size");
    return read(loadObject(data, EXCHANGE_LIMIT));
  });
}

/** The frame in an object that a relay carried inside JSON of its own. */
export function readFrame(value: unknown): GateFrame | Refused {
  return refusing(() => {
    if (!isBody(value)) throw new RefusalError("frame-type");
    return read(value);
  });
}

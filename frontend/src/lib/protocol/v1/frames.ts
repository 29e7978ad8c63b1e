/** The frames that a phone reads from a gate: `challenge`, `result` and the unsigned `refused`. */
import * as members from "./members";
import { isReason, type Reason, RefusalError, type Refused, refusing } from "./refusal";
import { type Body, isBody, loadObject } from "./strictjson";

const EXCHANGE_LIMIT = 8192;

export type GateFrame =
  | { readonly f: "challenge"; readonly challenge: string }
  | { readonly f: "result"; readonly result: string }
  | { readonly f: "refused"; readonly reason: Reason };

const MEMBERS: Record<GateFrame["f"], string> = { challenge: "challenge", result: "result", refused: "reason" };

function read(body: Body): GateFrame {
  const name = body.f;
  if (name !== "challenge" && name !== "result" && name !== "refused") throw new RefusalError("frame-type");
  members.exact(body, ["f", MEMBERS[name]]);
  if (name === "challenge") return { f: name, challenge: members.token(body, "challenge") };
  if (name === "result") return { f: name, result: members.token(body, "result") };
  const reason = body.reason;
  if (!isReason(reason)) throw members.wrong("reason");
  return { f: name, reason };
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

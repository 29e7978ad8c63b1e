/** Proof of possession, for enrolling a holder's key: the header carries the key, the payload who asked and with which nonce. */
import { type HolderKey, holderJwk, loadHolderKey } from "./jwk";
import { Place, type Signer } from "./jws";
import { RefusalError, type Refused, refusing } from "./refusal";
import type { Body } from "./strictjson";

const AUDIENCE = /^[!-~]{1,200}$/;
const NONCE = /^[A-Za-z0-9_-]{1,128}$/;
const CODE = /^[A-Za-z0-9-]{1,64}$/;
export const POSSESSION_PLACE = new Place("beffroi-pop+jwt", "ES256", "jwk", 2048);

export interface Possession {
  readonly key: HolderKey;
  readonly audience: string;
  readonly nonce: string;
  readonly code?: string;
}

export async function provePossession({ key, audience, nonce, code }: Possession, sign: Signer): Promise<string> {
  const payload = { aud: audience, ...(code !== undefined && { code }), nonce };
  return POSSESSION_PLACE.make(payload, sign, holderJwk(key));
}

function read(token: string): Possession {
  const parts = POSSESSION_PLACE.takeApart(token);
  const key = loadHolderKey(parts.header.jwk);
  parts.checkEs256(key);
  const body = parts.body(["aud", "nonce"], ["code"]);
  const said = { key, audience: matching(body, "aud", AUDIENCE), nonce: matching(body, "nonce", NONCE) };
  return Object.hasOwn(body, "code") ? { ...said, code: matching(body, "code", CODE) } : said;
}

function matching(body: Body, name: string, form: RegExp): string {
  const value = body[name];
  if (typeof value !== "string" || !form.test(value)) throw new RefusalError("member-value", name);
  return value;
}

/** What a proof says, when the key in its header signed it for that server and that nonce. */
export function verifyPossession(
  token: string,
  { audience, nonce }: { audience: string; nonce: string },
): Possession | Refused {
  return refusing(() => {
    const said = read(token);
    if (said.audience !== audience) throw new RefusalError("possession-audience", said.audience);
    if (said.nonce !== nonce) throw new RefusalError("possession-nonce");
    return said;
  });
}

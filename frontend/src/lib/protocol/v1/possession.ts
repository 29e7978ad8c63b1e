/** Proof of possession, for enrolling a holder's key: the header carries the key, the payload who asked and with which nonce. */
import { type HolderKey, holderJwk, loadHolderKey } from "./jwk";
import { Place, type Signer } from "./jws";
import { RefusalError, type Refused, refusing } from "./refusal";

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

/** What a proof says, when the key in its header signed it. */
export function readPossession(token: string): Possession | Refused {
  return refusing(() => {
    const parts = POSSESSION_PLACE.takeApart(token);
    const key = loadHolderKey(parts.header.jwk);
    parts.checkEs256(key);
    const body = parts.body(["aud", "nonce"], ["code"]);
    const { aud: audience, nonce, code } = body;
    if (typeof audience !== "string" || !AUDIENCE.test(audience)) throw new RefusalError("member-value", "aud");
    if (typeof nonce !== "string" || !NONCE.test(nonce)) throw new RefusalError("member-value", "nonce");
    if (code === undefined) return { key, audience, nonce };
    if (typeof code !== "string" || !CODE.test(code)) throw new RefusalError("member-value", "code");
    return { key, audience, nonce, code };
  });
}

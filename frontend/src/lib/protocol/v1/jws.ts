/** Compact JWS (RFC 7515) whose header is fixed by the place in which the token is read: no token chooses its algorithm. */
import { decode, encode } from "../../base64url";
import { type HolderKey, type OctetKey, verifiesEd25519, verifiesEs256 } from "./jwk";
import * as members from "./members";
import { type Reason, RefusalError } from "./refusal";
import { type Body, canonical, loadObject } from "./strictjson";

const TOKEN_LIMIT = 8192;
const SIGNATURE_LENGTH = 64;

export type Algorithm = "Ed25519" | "ES256";

/** Makes a raw 64-byte signature: WebCrypto's ECDSA with SHA-256 gives r‖s, which is what JWS wants. */
export type Signer = (message: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

/** A compact JWS taken apart: header already compared with its place, signature and payload not looked at yet. */
export class Token {
  constructor(
    readonly header: Body,
    readonly message: Uint8Array,
    readonly signature: Uint8Array,
    readonly payload: Uint8Array,
  ) {}

  kid(): string {
    return members.kid(this.header, "kid");
  }

  checkEd25519(key: OctetKey, otherwise: Reason = "token-signature"): void {
    if (!verifiesEd25519(key, this.signature, this.message)) throw new RefusalError(otherwise);
  }

  checkEs256(key: HolderKey, otherwise: Reason = "token-signature"): void {
    if (!verifiesEs256(key, this.signature, this.message)) throw new RefusalError(otherwise);
  }

  /** The payload, an object with these members. */
  body(required: readonly string[], optional: readonly string[] = []): Body {
    const body = loadObject(this.payload, this.payload.length);
    members.exact(body, required, optional);
    return body;
  }
}

/** A position in which tokens are read: what the header has to be, and how long a token may be. */
export class Place {
  constructor(
    readonly typ: string,
    readonly alg: Algorithm = "Ed25519",
    /** The header's member besides `alg` and `typ`. */
    readonly third: "kid" | "jwk" | null = "kid",
    readonly limit: number = TOKEN_LIMIT,
  ) {}

  takeApart(token: unknown): Token {
    if (typeof token !== "string" || token.length > this.limit) throw new RefusalError("token-form", this.typ);
    const parts = token.split(".");
    const [header, payload, signature] = parts.map(decode);
    if (parts.length !== 3 || !header || !payload || signature?.length !== SIGNATURE_LENGTH) {
      throw new RefusalError("token-form", this.typ);
    }
    const message = new TextEncoder().encode(token.slice(0, token.lastIndexOf(".")));
    return new Token(this.compare(header), message, signature, payload);
  }

  private compare(data: Uint8Array): Body {
    const header = loadObject(data, data.length);
    const names = this.third === null ? ["alg", "typ"] : ["alg", this.third, "typ"].sort();
    if (Object.keys(header).sort().join() !== names.join()) throw new RefusalError("token-header", this.typ);
    if (header.alg !== this.alg) throw new RefusalError("token-alg", this.typ);
    if (header.typ !== this.typ) throw new RefusalError("token-typ", this.typ);
    return header;
  }

  /** A signed token; `third` is the value of the header's third member. */
  async make(payload: unknown, sign: Signer, third?: unknown): Promise<string> {
    const header = { alg: this.alg, typ: this.typ, ...(this.third === null ? {} : { [this.third]: third }) };
    const message = `${encode(canonical(header))}.${encode(canonical(payload))}`;
    return `${message}.${encode(await sign(new TextEncoder().encode(message)))}`;
  }
}

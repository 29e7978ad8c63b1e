/** Device certificates: from the key set to the key with which a device signs challenges and results. */
import { confirmed, loadOctetKey, type OctetKey } from "./jwk";
import { Place } from "./jws";
import { findKey, type KeySet } from "./keyset";
import * as members from "./members";
import { RefusalError, type Refused, refusing } from "./refusal";

export const CERTIFICATE_PLACE = new Place("beffroi-certificate+jwt", "Ed25519", "kid", 2048);

/** What an authority says about a device. `name` is what the phone shows: what is written on the thing. */
export interface Certificate {
  readonly authority: string;
  readonly device: string;
  readonly kind: string;
  readonly name: string;
  readonly key: OctetKey;
  readonly start: number;
  readonly end: number;
  readonly token: string;
}

/** The certificate, when a key of the set signed it and both are valid at `now` (seconds). */
export function verifyCertificate(
  token: string,
  { keyset, now }: { keyset: KeySet; now: number },
): Certificate | Refused {
  return refusing(() => {
    const parts = CERTIFICATE_PLACE.takeApart(token);
    parts.checkEd25519(findKey(keyset, parts.kid(), "device-certificate", now));
    const body = parts.body(["iss", "sub", "kind", "name", "cnf", "nbf", "exp"]);
    const start = members.time(body, "nbf");
    const end = members.time(body, "exp");
    if (start >= end) throw members.wrong("exp");
    const certificate = {
      authority: members.slug(body, "iss"),
      device: members.slug(body, "sub"),
      kind: members.slug(body, "kind"),
      name: members.text(body, "name"),
      key: loadOctetKey(confirmed(body), "Ed25519"),
      start,
      end,
      token,
    };
    if (certificate.authority !== keyset.authority) throw new RefusalError("authority-other", certificate.authority);
    if (now < start) throw new RefusalError("certificate-early");
    if (now >= end) throw new RefusalError("certificate-expired");
    return certificate;
  });
}

/** What can be refused, and why. The codes are those of docs/spec/gate.md, section 11 (vectors.test.ts compares).
 *
 *  Every public function that reads bytes from outside returns what its signature names or a `Refused`. Inside the
 *  library a refusal travels as an exception and becomes the value at the door (`refusing`). */

export const REASONS = [
  "json-size",
  "json-utf8",
  "json-syntax",
  "json-depth",
  "json-duplicate",
  "json-number",
  "json-string",
  "json-canonical",
  "member-missing",
  "member-unknown",
  "member-value",
  "token-form",
  "token-header",
  "token-alg",
  "token-typ",
  "token-kid",
  "token-signature",
  "key-form",
  "key-not-current",
  "version",
  "authority-other",
  "keyset-root",
  "keyset-not-newer",
  "keyset-keys",
  "keyset-weak",
  "certificate-early",
  "certificate-expired",
  "certificate-not-newer",
  "chain-size",
  "chain-length",
  "grant-key",
  "grant-signature",
  "link-signature",
  "chain-parent",
  "chain-depth",
  "chain-resources",
  "chain-actions",
  "chain-window",
  "chain-policy",
  "not-commissioned",
  "not-touched",
  "gate-other",
  "challenge-unknown",
  "challenge-transport",
  "challenge-used",
  "challenge-expired",
  "proof-signature",
  "resource-not-granted",
  "action-not-granted",
  "transport-not-admitted",
  "holder-revoked",
  "grant-revoked",
  "too-early",
  "expired",
  "time-unknown",
  "revocations-old",
  "internal",
  "revocations-not-newer",
  "set-ahead",
  "stamp-back",
  "stamp-far",
  "stamp-unbound",
  "stamp-nonce",
  "stamp-device",
  "sources-not-newer",
  "result-other",
  "device-other",
  "events-chain",
  "events-forked",
  "events-boot",
  "receipt-ahead",
  "receipt-forked",
  "message-replayed",
  "message-expired",
  "beat-not-newer",
  "sealed-form",
  "sealed-key",
  "sealed-open",
  "frame-size",
  "frame-type",
  "possession-audience",
  "possession-nonce",
] as const;

export type Reason = (typeof REASONS)[number];

export function isReason(value: unknown): value is Reason {
  return (REASONS as readonly unknown[]).includes(value);
}

/** A refusal as a value. `detail` helps a person who debugs; no rule reads it. */
export class Refused {
  constructor(
    readonly reason: Reason,
    readonly detail: string = "",
  ) {}
}

/** A refusal on its way out of the library; it never leaves a public function. */
export class RefusalError extends Error {
  readonly refused: Refused;

  constructor(reason: Reason, detail = "") {
    super(detail ? `${reason}: ${detail}` : reason);
    this.refused = new Refused(reason, detail);
  }
}

/** Run a reader; a refusal comes back as a value. */
export function refusing<T>(read: () => T): T | Refused {
  try {
    return read();
  } catch (error) {
    if (error instanceof RefusalError) return error.refused;
    throw error;
  }
}

/** The value, or an exception for a caller that has no use for a refusal (tests, what we made ourselves). */
export function expectTaken<T>(value: T | Refused): T {
  if (value instanceof Refused) throw new RefusalError(value.reason, value.detail);
  return value;
}

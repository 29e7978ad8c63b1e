/** How a screen says which it is: a key made here, not extractable, that signs the server's nonce. */
import { type Api, Problem } from "../api";
import type { Phone, PhoneKey } from "../phone";
import { provePossession } from "../protocol/v1/possession";

/** Under which the browser keeps the screen's key, beside those of people. */
const KEPT = "wall screen";

/** What the server answers: a code to show, what to show and for how many seconds, or that this key is nobody's any more. */
export type Standing =
  | { readonly state: "waiting"; readonly code: string; readonly qr: string }
  | { readonly state: "paired"; readonly name: string; readonly authority: string; readonly seconds: number }
  | { readonly state: "removed" };

export interface Ports {
  readonly api: Api;
  readonly phone: Phone;
}

export class Screen {
  constructor(
    private readonly ports: Ports,
    private readonly addresses: { readonly nonce: string; readonly session: string },
  ) {}

  async prove(): Promise<Standing | Problem> {
    const key = (await this.ports.phone.keyOf(KEPT)) ?? (await this.renew());
    const asked = await this.ports.api.post(this.addresses.nonce, {});
    if (asked instanceof Problem) return asked;
    const { nonce, audience } = asked.body;
    if (typeof nonce !== "string" || typeof audience !== "string") return new Problem("unreadable", asked.status);
    const proof = await provePossession({ key: key.key, audience, nonce }, key.sign);
    const answer = await this.ports.api.post(this.addresses.session, { proof });
    return answer instanceof Problem ? answer : standingOf(answer.body, answer.status);
  }

  /** Another key, in place of the one before. */
  async renew(): Promise<PhoneKey> {
    const key = await this.ports.phone.makeKey(KEPT);
    await this.ports.phone.adopt(KEPT, key.thumbprint);
    return key;
  }
}

export function standingOf(body: Readonly<Record<string, unknown>>, status: number): Standing | Problem {
  const { state, code, qr, name, authority, seconds } = body;
  if (state === "removed") return { state };
  if (state === "waiting" && typeof code === "string" && typeof qr === "string") return { state, code, qr };
  if (state === "paired" && typeof name === "string" && typeof authority === "string" && typeof seconds === "number") {
    return { state, name, authority, seconds };
  }
  return new Problem("unreadable", status);
}

/** Enrolment: a key made on this phone becomes its owner's, once the phone has proven that it holds it. */
import { type Api, Problem } from "../../lib/api";
import type { Phone } from "../../lib/phone";
import { provePossession } from "../../lib/protocol/v1/possession";

export interface Enrolled {
  readonly thumbprint: string;
  readonly label: string;
}

export interface Ports {
  readonly api: Api;
  readonly phone: Phone;
}

const BASE = "/api/v1/holder";

/** What was enrolled, or the problem's code. `code` is what the firm handed over, as the person typed it. */
export async function enrol(
  { api, phone }: Ports,
  { person, code }: { person: string; code: string },
): Promise<Enrolled | Problem> {
  const asked = await api.post(`${BASE}/challenge`, {});
  if (asked instanceof Problem) return asked;
  const { nonce, audience } = asked.body;
  if (typeof nonce !== "string" || typeof audience !== "string") return new Problem("unreadable", asked.status);
  const key = await phone.makeKey(person);
  const typed = code
    .trim()
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "-");
  const said = { key: key.key, audience, nonce, ...(typed !== "" && { code: typed }) };
  const answer = await api.post(`${BASE}/keys`, { proof: await provePossession(said, key.sign) });
  if (answer instanceof Problem) return answer;
  const { thumbprint, label } = answer.body;
  if (typeof thumbprint !== "string" || typeof label !== "string") return new Problem("unreadable", answer.status);
  return (await phone.adopt(person, thumbprint)) ? { thumbprint, label } : new Problem("key-other", answer.status);
}

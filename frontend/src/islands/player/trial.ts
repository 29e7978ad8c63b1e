/** Whether this browser may look: its key is the one that the right names, and the key set is the one that it pinned. */
import type { Phone } from "../../lib/phone";
import { Refused } from "../../lib/protocol/v1/refusal";
import { trusted } from "../../lib/trust";
import type { Hands } from "../../lib/video/exchange";
import type { Facts } from "../../lib/video/facts";
import { Stop } from "../../lib/video/stop";

export async function handsOf(phone: Phone, person: string, facts: Facts): Promise<Hands | Stop> {
  const key = await phone.keyBy(person, facts.thumbprint);
  if (!key) return Stop.here("other-browser");
  const keyset = await trusted(phone, facts.claim);
  if (keyset instanceof Refused) return Stop.distrust(keyset);
  // Of the machine: it serves for the relay's certificate only. Whether a right has ended is the relay's to say.
  const now = () => Math.floor(Date.now() / 1000);
  return { fetch: (...asked) => fetch(...asked), sign: key.sign, keyset, now };
}

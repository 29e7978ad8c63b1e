/** Capability chains: a grant and up to five hand-overs, each signed by the holder before it and never wider than its parent. */
import {
  CHAIN_LIMIT,
  type Grant,
  isWithin,
  MAX_LINKS,
  openGrant,
  type Policy,
  policyBody,
  readPolicy,
  type Scope,
} from "./grant";
import { hashOf } from "./hash";
import { confirmed, type HolderKey, holderJwk, loadHolderKey, thumbprint } from "./jwk";
import { Place, type Signer } from "./jws";
import type { KeySet } from "./keyset";
import * as members from "./members";
import { RefusalError, type Refused, refusing } from "./refusal";
import type { Body } from "./strictjson";

const SEPARATOR = "~";
export const LINK_PLACE = new Place("beffroi-link+jwt", "ES256", null, CHAIN_LIMIT);

/** One hand-over: who gets the right, and the scope that is left. */
export interface Link {
  readonly holder: HolderKey;
  readonly scope: Scope;
}

/** A grant and its links, each inside the one before. `text` is the wire form. */
export interface Chain {
  readonly grant: Grant;
  readonly links: readonly Link[];
  readonly text: string;
}

export function scopeOf(chain: Chain): Scope {
  return chain.links.at(-1)?.scope ?? chain.grant.scope;
}

/** The last holder, who alone can use or extend the chain. */
export function holderOf(chain: Chain): HolderKey {
  return chain.links.at(-1)?.holder ?? chain.grant.holder;
}

function split(text: string): string[] {
  if (text.length > CHAIN_LIMIT) throw new RefusalError("chain-size");
  const tokens = text.split(SEPARATOR);
  if (tokens.length > MAX_LINKS + 1) throw new RefusalError("chain-length");
  return tokens;
}

function isSubset(some: readonly string[], all: readonly string[]): boolean {
  return some.every((one) => all.includes(one));
}

function checkNarrower(scope: Scope, parent: Scope, where: string): void {
  if (scope.depth >= parent.depth) throw new RefusalError("chain-depth", where);
  if (!isSubset(scope.resources, parent.resources)) throw new RefusalError("chain-resources", where);
  if (!isSubset(scope.actions, parent.actions)) throw new RefusalError("chain-actions", where);
  if (scope.start < parent.start || scope.end > parent.end || scope.start >= scope.end) {
    throw new RefusalError("chain-window", where);
  }
  if (!isWithin(scope.policy, parent.policy)) throw new RefusalError("chain-policy", where);
}

function narrow(body: Body, parent: Scope): Scope {
  return {
    resources: members.optional(body, "res", members.slugs) ?? parent.resources,
    actions: members.optional(body, "act", members.slugs) ?? parent.actions,
    start: members.optional(body, "nbf", members.time) ?? parent.start,
    end: members.optional(body, "exp", members.time) ?? parent.end,
    depth: members.integer(body, "dep", 0, MAX_LINKS - 1),
    policy: members.optional(body, "pol", readPolicy) ?? parent.policy,
  };
}

function follow(token: string, parent: string, before: Link, where: string): Link {
  const parts = LINK_PLACE.takeApart(token);
  parts.checkEs256(before.holder, "link-signature");
  const body = parts.body(["par", "cnf", "dep"], ["res", "act", "nbf", "exp", "pol"]);
  const scope = narrow(body, before.scope);
  const holder = loadHolderKey(confirmed(body));
  if (members.digest(body, "par") !== hashOf(parent)) throw new RefusalError("chain-parent", where);
  checkNarrower(scope, before.scope, where);
  return { holder, scope };
}

/** The chain, when the set's capability key signed its grant and every link stays inside its parent, at `now` (seconds). */
export function verifyChain(text: string, { keyset, now }: { keyset: KeySet; now: number }): Chain | Refused {
  return refusing(() => {
    const [first, ...rest] = split(text);
    const grant = openGrant(first ?? "", keyset, now);
    const links: Link[] = [];
    let parent = first ?? "";
    for (const token of rest) {
      const before = links.at(-1) ?? { holder: grant.holder, scope: grant.scope };
      links.push(follow(token, parent, before, `link ${links.length + 1}`));
      parent = token;
    }
    return { grant, links, text };
  });
}

/** What a hand-over narrows; what is left out stays as it was. */
export interface Narrowing {
  readonly resources?: readonly string[];
  readonly actions?: readonly string[];
  readonly start?: number;
  readonly end?: number;
  readonly policy?: Policy;
}

/** Hand a verified chain over to `heir`: the longer chain, or the reason for which a gate would refuse it. */
export async function extendChain(
  chain: Chain,
  { sign, heir, depth, narrowing = {} }: { sign: Signer; heir: HolderKey; depth: number; narrowing?: Narrowing },
): Promise<string | Refused> {
  const parent = chain.text.split(SEPARATOR).at(-1) ?? "";
  const { resources, actions, start, end, policy } = narrowing;
  const token = await LINK_PLACE.make(
    {
      cnf: { jwk: holderJwk(heir) },
      dep: depth,
      par: hashOf(parent),
      ...(resources && { res: resources }),
      ...(actions && { act: actions }),
      ...(start !== undefined && { nbf: start }),
      ...(end !== undefined && { exp: end }),
      ...(policy && { pol: policyBody(policy) }),
    },
    sign,
  );
  return refusing(() => {
    const extended = chain.text + SEPARATOR + token;
    split(extended);
    follow(token, parent, { holder: holderOf(chain), scope: scopeOf(chain) }, "new link");
    return extended;
  });
}

/** Thumbprints from the grant's holder to the last. */
export function holdersOf(chain: Chain): string[] {
  return [chain.grant.holder, ...chain.links.map((link) => link.holder)].map(thumbprint);
}

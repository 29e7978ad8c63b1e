// A certified provider (panva's oidc-provider) with a small town in it: node provider.mjs CONFIGURATION.json
// Prints "listening" once it answers. People are read anew from their file each time somebody logs in or is asked about.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { generateKeyPairSync } from "node:crypto";
import { pathToFileURL } from "node:url";

const told = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { default: Provider } = await import(pathToFileURL(createRequire(told.packages).resolve("oidc-provider")).href);
const people = () => JSON.parse(readFileSync(told.people, "utf8"));
const signing = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });

const provider = new Provider(told.issuer, {
  clients: [told.client],
  jwks: { keys: [{ ...signing, kid: "town", use: "sig", alg: "ES256" }] },
  cookies: { keys: ["a key of a test"] },
  acrValues: ["eidas1", "eidas2"],
  scopes: ["openid", "given_name", "usual_name", "email", "siret", "uid", "profile"],
  claims: {
    openid: ["sub", "acr"],
    profile: ["name", "given_name", "family_name", "groups"],
    email: ["email", "email_verified"],
    given_name: ["given_name"],
    usual_name: ["usual_name"],
    siret: ["siret"],
    uid: ["uid"],
  },
  clientAuthMethods: ["client_secret_post", "client_secret_basic"],
  enabledJWA: { idTokenSigningAlgValues: ["ES256"], userinfoSigningAlgValues: ["ES256"] },
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    jwtUserinfo: { enabled: true },
    claimsParameter: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      // Its own page asks; the button's form is the provider's.
      logoutSource: (ctx, form) => {
        ctx.body = `<!doctype html><link rel="icon" href="data:,"><title>Out</title>${form}<button form="op.logoutForm" name="logout" value="yes">Leave the provider</button>`;
      },
      postLogoutSuccessSource: (ctx) => {
        ctx.body = '<!doctype html><link rel="icon" href="data:,"><title>Gone</title><p>Out of the provider</p>';
      },
    },
    backchannelLogout: { enabled: true },
  },
  // Its own guard keeps it from the machine that it runs on, where we are.
  fetch: (url, options) => globalThis.fetch(url, { ...options, dispatcher: undefined }),
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx, id) => {
    const known = people()[id];
    return known && { accountId: id, claims: () => ({ sub: id, ...known }) };
  },
  // Nobody is asked whether their own employer may know them.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid given_name usual_name email siret uid profile");
    grant.addOIDCClaims(["acr"]);
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  if (ctx.method === "GET") {
    ctx.type = "html";
    ctx.body =
      '<!doctype html><link rel="icon" href="data:,"><title>Town log-in</title><form method="post"><label>Who <input name="who"></label><button>Go in</button><button name="refused" value="yes">Give up</button></form>';
    return undefined;
  }
  let body = "";
  for await (const part of ctx.req) body += part;
  const form = new URLSearchParams(body);
  const known = people()[form.get("who")];
  const result =
    form.get("refused") || !known
      ? { error: "access_denied", error_description: "nobody" }
      : { login: { accountId: form.get("who"), acr: known.acr ?? "eidas1" } };
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
  ctx.respond = false;
  return undefined;
});

provider.on("backchannel.error", (_ctx, error) => console.error("nobody heard of a log-out:", error));

createServer({ cert: readFileSync(told.certificate), key: readFileSync(told.key) }, provider.callback()).listen(
  told.port,
  "127.0.0.1",
  () => console.log("listening"),
);

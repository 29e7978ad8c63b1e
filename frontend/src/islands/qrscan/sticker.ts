/** The code of a sticker, from what a camera read or a person typed; null when it is none of ours. */
const CODE = /^[0-9a-z]{4,32}$/;

/** `text` is an address such as `https://meaux.example/c/k7m2p9qt/`. The host doesn't count: the page that opens is this site's. */
export function codeInAddress(text: string, prefix: string): string | null {
  let path: string;
  try {
    path = new URL(text).pathname;
  } catch {
    return null;
  }
  if (!path.startsWith(prefix)) return null;
  return typedCode(path.slice(prefix.length).replace(/\/$/, ""));
}

/** An address of 16 digits, or the LoRa Alliance's TR005: what the server reads (docs/spec/observe.md, 4). */
const LABEL = /^(lw:d0:[\x21-\x7e]{20,380}|(0x)?[0-9a-f]{16})$/i;

/** What is printed on a device that somebody fits, as the server takes it; null when it is something else. */
export function labelText(text: string): string | null {
  const label = text.trim();
  return LABEL.test(label) ? label : null;
}

/** What a person typed: spaces, hyphens and capitals don't matter. */
export function typedCode(text: string): string | null {
  const code = text.toLowerCase().replace(/[\s-]+/g, "");
  return CODE.test(code) ? code : null;
}

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

/** What a person typed: spaces, hyphens and capitals don't matter. */
export function typedCode(text: string): string | null {
  const code = text.toLowerCase().replace(/[\s-]+/g, "");
  return CODE.test(code) ? code : null;
}

/** The token that Django wants with every request that writes: from the page's `<meta name="csrf-token">`, else from the cookie. */
export function csrfToken(page: Document): string {
  const meta = page.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  if (meta?.content) return meta.content;
  const cookie = page.cookie.split("; ").find((pair) => /^[^=]*csrf[^=]*=/.test(pair));
  return cookie === undefined ? "" : decodeURIComponent(cookie.slice(cookie.indexOf("=") + 1));
}

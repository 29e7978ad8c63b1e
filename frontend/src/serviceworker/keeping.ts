/** What the worker keeps and what it shows without a network; pure, so that it is tried without a service worker.
 *
 *  The server decides: a page is kept only when its answer says so (`X-Beffroi-Keep`), and for the reader it names
 *  (`X-Beffroi-Reader`, an opaque word of one session). Another reader, or nobody, and everything kept is erased. */

export const KEEP = "X-Beffroi-Keep";
export const READER = "X-Beffroi-Reader";
export const MANDATE = "X-Beffroi-Mandate";
/** A page says for how many days it may be kept: one says enough of now for a day, a form to fill in says nothing of it. */
const DAY = 24 * 60 * 60 * 1000;
const DAYS = /^[1-9]\d?$/;
/** The page for when there is no network is asked for again when it is older than that: telephones and hours change. */
export const OFFLINE_LASTS = 7 * DAY;
/** Drawings and colours may be that old: a slow network has better to do than ask for them with each page. */
export const FILE_LASTS = 60 * 60 * 1000;
/** Pages of one reader; the oldest go first. */
export const MOST = 40;
/** Of them, so many at most are fetched before anybody opens them. */
export const AHEAD = 20;

/** A page that is kept is shown after so long without an answer: a server that is down may still have somebody who takes its calls. */
export const PATIENCE = 20 * 1000;

export type Kind = "page" | "sent" | "log-out" | "asset" | "file" | "other";

export interface Asked {
  readonly url: string;
  readonly method: string;
  readonly mode: string;
  readonly destination: string;
}

/** What is asked for. What is "other" goes past the worker as if there were none. */
export function kindOf(asked: Asked, origin: string): Kind {
  const url = new URL(asked.url);
  if (url.origin !== origin) return "other";
  if (asked.method === "POST" && url.pathname === "/logout/") return "log-out";
  if (asked.mode === "navigate") return asked.method === "GET" ? "page" : "sent";
  if (asked.method !== "GET") return "other";
  if (url.pathname.startsWith("/static/built/assets/")) return "asset";
  if (url.pathname.startsWith("/parts/")) return "file";
  const drawn = ["script", "style", "font", "image"].includes(asked.destination);
  return drawn && /^\/(static|theme|logo)\//.test(url.pathname) ? "file" : "other";
}

export interface Told {
  readonly status: number;
  readonly header: (name: string) => string | null;
}

/** Whose answer that is; null for one that doesn't say (a file, a failure of a proxy). Under a mandate it is nobody's. */
export function readerOf(answer: Told): string | null {
  if (answer.header(MANDATE) !== null) return "";
  return answer.header(READER);
}

export function mayKeep(answer: Told): boolean {
  return (
    answer.status === 200 &&
    DAYS.test(answer.header(KEEP) ?? "") &&
    answer.header(READER) !== null &&
    answer.header(MANDATE) === null
  );
}

/** For how long. */
export function lastsOf(answer: Told): number {
  return Number(answer.header(KEEP) ?? "") * DAY;
}

/** Nobody of ours answers: whoever stands before a server that is down says so in its place. */
export function isUnanswered(answer: Told): boolean {
  return [502, 503, 504].includes(answer.status) && answer.header(READER) === null;
}

/** Files that are the same for everybody. */
export function isPublic(answer: Told): boolean {
  return answer.status === 200 && /\b(public|immutable)\b/.test(answer.header("Cache-Control") ?? "");
}

/** Milliseconds since 1970 of an answer's `Date`; 0 when it has none. */
export function madeAt(answer: Told): number {
  return Date.parse(answer.header("Date") ?? "") || 0;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** The page as it was kept, with its own words (`<template id="kept">`) at the head of what it says, and since when. */
export function asKept(html: string, moment: string): string {
  const words = /<template id="kept"[^>]*>([\s\S]*?)<\/template>/.exec(html)?.[1];
  if (words === undefined) return html;
  const banner = words.replace("{moment}", () => escaped(moment));
  return html.replace(/<main id="main"[^>]*>/, (main) => `${main}${banner}`);
}

/** The language that a page says it is in. */
export function languageOf(html: string): string {
  return /<html lang="([a-z]{2})"/.exec(html)?.[1] ?? "fr";
}

/** What is kept for when there is no network: pages of one reader, files that are everybody's, and the page that says so. */
import {
  asKept,
  FILE_LASTS,
  isUnanswered,
  isPublic,
  type Kind,
  languageOf,
  lastsOf,
  MOST,
  madeAt,
  mayKeep,
  OFFLINE_LASTS,
  PATIENCE,
  readerOf,
  type Told,
} from "./keeping";

const PAGES = "beffroi-pages";
const FILES = "beffroi-files-";
const READER_NOTE = "/.reader";
const OFFLINE = "/offline/";
const DRAFTS = "beffroi-drafts";
const REPORTS = "beffroi-reports";
const THINGS = "beffroi-things";
const RIGHTS = "beffroi-rights";

function told(answer: Response): Told {
  return { status: answer.status, header: (name) => answer.headers.get(name) };
}

/** What was compressed on its way is no more. */
function plain(given: Headers): Headers {
  const headers = new Headers(given);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  return headers;
}

/** `build` names the files that this worker came with: another worker's are dropped with it. Functions and no class: what a class
 *  compiles to would be shared with other scripts, and a worker imports nothing. */
export function pagesOf(build: string, now: () => number, pass: (milliseconds: number) => Promise<void>) {
  function files(): Promise<Cache> {
    return caches.open(FILES + build);
  }

  /** At install: the one page that must be there when nothing else is, and what it is drawn with. */
  async function prepare(): Promise<void> {
    const answer = await fetch(OFFLINE, { credentials: "omit", cache: "no-cache" });
    if (!answer.ok) return;
    const own = await files();
    const html = await answer.clone().text();
    await own.put(OFFLINE, answer);
    await draw(html, own);
  }

  /** What a page is drawn with; whether all of it came. */
  async function draw(html: string, own: Cache): Promise<boolean> {
    const drawn = [...html.matchAll(/(?:href|src)="(\/(?:static|theme|parts)\/[^"#]+)/g)].map(
      (found) => found[1] ?? "",
    );
    let whole = true;
    for (const path of new Set([...drawn, "/static/icons.svg"])) {
      if (await own.match(path)) continue;
      const file = await fetch(path).catch(() => null);
      if (file && isPublic(told(file))) await own.put(path, file);
      whole &&= file !== null;
    }
    return whole;
  }

  /** A page that was there before this worker was: kept as if it had come by it. */
  async function hold(url: string): Promise<void> {
    const request = new Request(url, { credentials: "same-origin", cache: "no-cache" });
    const answer = await fetch(request);
    const html = await answer.clone().text();
    // Without its scripts it would take a report that it can't keep.
    if (mayKeep(told(answer)) && !(await draw(html, await files()))) return;
    await remember(request, "page", answer);
  }

  /** Pages that will be wanted where there may be no network, and that nobody has opened yet; those that are there when it is done. What
   *  came within the hour is not asked for again. */
  async function holdAll(paths: readonly string[], origin: string): Promise<string[]> {
    const there: string[] = [];
    for (const path of paths) {
      const url = new URL(path, origin);
      if (url.origin !== origin) continue;
      if (!(await isFresh(url.href))) await hold(url.href).catch(() => undefined);
      if (await keptAnswer(url.href)) there.push(path);
    }
    return there;
  }

  async function isFresh(url: string): Promise<boolean> {
    const answer = await keptAnswer(url);
    return answer !== null && now() - madeAt(told(answer)) < FILE_LASTS;
  }

  /** The page as it was kept, while it may be shown. */
  async function keptAnswer(url: string): Promise<Response | null> {
    const answer = await (await caches.open(PAGES)).match(url);
    return answer && now() - madeAt(told(answer)) <= lastsOf(told(answer)) ? answer : null;
  }

  /** At activation: what former workers came with, and pages that were drawn with it. Whose they were is still known: what else is that
   *  reader's goes when another one comes. */
  async function tidy(): Promise<void> {
    const own = FILES + build;
    const others = (await caches.keys()).filter((name) => name.startsWith(FILES) && name !== own);
    if (others.length > 0) await dropPages(await caches.open(PAGES));
    await Promise.all(others.map((name) => caches.delete(name)));
  }

  async function dropPages(pages: Cache): Promise<void> {
    const kept = (await pages.keys()).filter(({ url }) => !url.endsWith(READER_NOTE));
    await Promise.all(kept.map((page) => pages.delete(page)));
  }

  /** Everything that is somebody's: pages, and what they were writing, where they were looking, what opens to them. A report outlasts a session that ended by itself: its writer
   *  logs in again and it leaves. */
  async function forget(): Promise<void> {
    await caches.delete(PAGES);
    indexedDB.deleteDatabase(DRAFTS);
    indexedDB.deleteDatabase(THINGS);
    indexedDB.deleteDatabase(RIGHTS);
  }

  /** A page from the network; without one, as it was kept, else the page that says that there is none. */
  async function page(request: Request, kind: Kind, preloaded: Promise<Response | undefined>): Promise<Response> {
    // Neither is ever in the way of what the network gives: a device may have no room left.
    if (kind === "log-out") {
      indexedDB.deleteDatabase(REPORTS);
      await forget().catch(() => undefined);
    }
    const network = answered(request, preloaded);
    const instead = kind === "page" ? await kept(request).catch(() => null) : null;
    const answer = await (instead ? Promise.race([network, pass(PATIENCE).then(() => null)]) : network);
    if (!answer) return instead ?? without();
    if (instead && isUnanswered(told(answer))) return instead;
    await remember(request, kind, answer).catch(() => undefined);
    return answer;
  }

  /** What the network gives; null without one. */
  async function answered(request: Request, preloaded: Promise<Response | undefined>): Promise<Response | null> {
    try {
      return (await preloaded) ?? (await fetch(request));
    } catch {
      return null;
    }
  }

  async function remember(request: Request, kind: Kind, answer: Response): Promise<void> {
    const reader = readerOf(told(answer));
    if (reader === null) return;
    const pages = await caches.open(PAGES);
    const former = await (await pages.match(READER_NOTE))?.text();
    if (former !== undefined && former !== reader) await forget();
    if (kind !== "page" || !mayKeep(told(answer))) return;
    const own = await caches.open(PAGES);
    await own.put(READER_NOTE, new Response(reader));
    await own.put(request.url, answer.clone());
    const kept = (await own.keys()).filter(({ url }) => !url.endsWith(READER_NOTE));
    for (const old of kept.slice(0, Math.max(0, kept.length - MOST))) await own.delete(old);
  }

  async function kept(request: Request): Promise<Response | null> {
    const answer = await keptAnswer(request.url);
    if (!answer) return null;
    const html = await answer.text();
    const written = { dateStyle: "full", timeStyle: "short" } as const;
    const moment = new Intl.DateTimeFormat(languageOf(html), written).format(madeAt(told(answer)));
    return new Response(asKept(html, moment), { status: 200, headers: plain(answer.headers) });
  }

  async function without(): Promise<Response> {
    const answer = await (await files()).match(OFFLINE);
    if (!answer) return Response.error();
    return new Response(answer.body, { status: 503, headers: plain(answer.headers) });
  }

  /** The page for no network, asked for again once it is old. */
  async function refresh(): Promise<void> {
    const answer = await (await files()).match(OFFLINE);
    if (!answer || now() - madeAt(told(answer)) > OFFLINE_LASTS) await prepare();
  }

  /** The answer itself, of which a copy is kept where there is room. */
  async function copied(own: Cache, request: Request, answer: Response): Promise<Response> {
    if (isPublic(told(answer))) await own.put(request.url, answer.clone()).catch(() => undefined);
    return answer;
  }

  /** A file whose name says what it holds: from here once it is here. */
  async function asset(request: Request): Promise<Response> {
    const own = await files();
    const there = await own.match(request.url);
    if (there) return there;
    return copied(own, request, await fetch(request));
  }

  /** Another file of everybody's: the one of this hour, else the newest there is, else the last seen. */
  async function file(request: Request): Promise<Response> {
    const own = await files();
    const there = await own.match(request.url);
    if (there && now() - madeAt(told(there)) < FILE_LASTS) return there;
    try {
      return await copied(own, request, await fetch(request));
    } catch {
      return there ?? Response.error();
    }
  }

  return { prepare, hold, holdAll, tidy, forget, page, refresh, asset, file };
}

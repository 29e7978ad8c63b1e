/** What a push message becomes on the screen; pure, so that it is tried without a service worker. */

export interface Message {
  readonly tag: string;
  readonly version: number;
  readonly title: string;
  readonly body: string;
  readonly path: string;
  readonly language: string;
  readonly urgency: string;
  readonly ended: boolean;
  readonly silent: boolean;
  /** The number under which the server is told that it was shown; null for a trial. */
  readonly delivery: string | null;
}

/** What a notification keeps of its message, for when it is touched or another comes. */
export interface Kept {
  readonly message: Message;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A path of our own site and nothing else. */
export function ownPath(value: unknown): string {
  const path = text(value);
  return /^\/(?![/\\])/.test(path) ? path : "/";
}

/** The message, or null when it isn't one of ours. */
export function readMessage(value: unknown): Message | null {
  if (typeof value !== "object" || value === null) return null;
  const given = value as Record<string, unknown>;
  if (given.v !== 1 || text(given.tag) === "" || text(given.title) === "") return null;
  return {
    tag: text(given.tag),
    version: typeof given.version === "number" ? given.version : 0,
    title: text(given.title),
    body: text(given.body),
    path: ownPath(given.path),
    language: text(given.language) || "fr",
    urgency: text(given.urgency),
    ended: given.ended === true,
    silent: given.silent === true,
    delivery: text(given.delivery) || null,
  };
}

/** Messages may overtake one another: what is on the screen already and newer stays, and makes no noise. */
export function newest(coming: Message, there: readonly Message[]): Message {
  const later = there.find((message) => message.tag === coming.tag && message.version > coming.version);
  return later ? { ...later, silent: true } : coming;
}

export interface Shown {
  readonly title: string;
  readonly options: NotificationOptions & { readonly renotify: boolean; readonly data: Kept };
}

/** An update takes the place of what it updates, without noise; what is immediate stays until it is touched. */
export function shown(message: Message, icon: string): Shown {
  return {
    title: message.title,
    options: {
      body: message.body,
      lang: message.language,
      tag: message.tag,
      icon,
      badge: icon,
      renotify: !message.silent,
      silent: message.silent,
      requireInteraction: message.urgency === "immediate" && !message.ended,
      data: { message },
    },
  };
}

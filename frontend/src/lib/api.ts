/** Our own API: JSON with the session's cookie and the CSRF token; a fault comes back as a value with its stable code. */
import { csrfToken } from "./csrf";
import { within } from "./patience";

/** `code` is the server's (problem+json), or ours: `network` (it never answered), `unreadable` (not JSON). */
export class Problem {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly title: string = "",
  ) {}
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface Api {
  get(path: string): Promise<Answer | Problem>;
  post(path: string, body: unknown): Promise<Answer | Problem>;
}

const PATIENCE = 20_000;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function send(path: string, options: RequestInit): Promise<Answer | Problem> {
  try {
    return await within(PATIENCE, (signal) => answered(path, { credentials: "same-origin", signal, ...options }));
  } catch {
    return new Problem("network", 0);
  }
}

async function answered(path: string, options: RequestInit): Promise<Answer | Problem> {
  const response = await fetch(path, options);
  const body: unknown = await response.json().catch(() => null);
  if (!isRecord(body)) return new Problem("unreadable", response.status);
  if (response.ok) return { status: response.status, body };
  const { code, title } = body;
  return new Problem(
    typeof code === "string" ? code : "unreadable",
    response.status,
    typeof title === "string" ? title : "",
  );
}

export function apiOf(page: Document): Api {
  const accept = { Accept: "application/json, application/problem+json" };
  return {
    get: (path) => send(path, { headers: accept, cache: "no-store" }),
    post: (path, body) =>
      send(path, {
        method: "POST",
        headers: { ...accept, "Content-Type": "application/json", "X-CSRFToken": csrfToken(page) },
        body: JSON.stringify(body),
      }),
  };
}

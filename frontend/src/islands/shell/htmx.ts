import htmx from "htmx.org";
import { csrfToken } from "../../lib/csrf";
import { toast } from "./toast";

/** The content security policy forbids inline styles and evaluated strings; pages that name people are not kept in the browser's storage. */
export function startHtmx(page: Document): void {
  htmx.config.includeIndicatorStyles = false;
  htmx.config.allowEval = false;
  htmx.config.historyCacheSize = 0;
  page.addEventListener("htmx:configRequest", (event) => {
    const { verb, headers } = (event as CustomEvent<{ verb: string; headers: Record<string, string> }>).detail;
    if (verb !== "get") headers["X-CSRFToken"] = csrfToken(page);
  });
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    page.addEventListener(failure, () => {
      const words = page.querySelector<HTMLTemplateElement>("template#failed");
      if (words) toast(page, words.content.cloneNode(true));
    });
  }
}

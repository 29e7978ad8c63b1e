const MINUTE = 60_000;

/** Under a mandate (`<body data-mandate="until">`): the minutes left, the page asked for again when none is, and nothing shown from memory. */
export function startMandate(page: Document): void {
  const until = Date.parse(page.body?.dataset.mandate ?? "");
  if (Number.isNaN(until)) return;
  const again = (): void => page.location.reload();
  const tell = (): void => {
    const left = until - Date.now();
    if (left <= 0 && page.visibilityState === "visible" && !typing(page)) return again();
    const shown = page.querySelector("[data-left]");
    if (shown) shown.textContent = String(Math.max(0, Math.ceil(left / MINUTE)));
  };
  tell();
  window.setInterval(tell, MINUTE / 4);
  window.addEventListener("pageshow", (event) => event.persisted && again());
}

/** What was typed is kept by the server when it is sent: a page that is being filled in is left as it is. */
function typing(page: Document): boolean {
  return [...page.querySelectorAll<HTMLInputElement>("main :is(input, textarea)")].some((field) =>
    field.type === "checkbox" || field.type === "radio"
      ? field.checked !== field.defaultChecked
      : field.value !== field.defaultValue,
  );
}

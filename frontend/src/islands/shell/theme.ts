const YEAR = 31_536_000;

/** Buttons `data-theme-choice`: the choice is a cookie, so that the server draws the next page in it at once. */
export function startTheme(page: Document): void {
  const root = page.documentElement;
  const buttons = page.querySelectorAll<HTMLButtonElement>("[data-theme-choice]");
  const mark = () => {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === (root.dataset.theme ?? "")));
    }
  };
  mark();
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const choice = button.dataset.themeChoice ?? "";
      const secure = page.location.protocol === "https:" ? "; Secure" : "";
      const life = choice === "" ? "max-age=0" : `max-age=${YEAR}`;
      page.cookie = `theme=${choice}; path=/; ${life}; SameSite=Lax${secure}`;
      if (choice === "") delete root.dataset.theme;
      else root.dataset.theme = choice;
      mark();
    });
  }
}

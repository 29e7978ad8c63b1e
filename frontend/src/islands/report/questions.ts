/** What is asked of the kind of fault that was chosen: the questions of the others aren't shown, and none of theirs must be answered. */
export function ask(root: HTMLElement, chosen: string): boolean {
  const section = root.querySelector<HTMLElement>('[data-step="questions"]');
  if (!section) return false;
  let needs: string | undefined;
  for (const group of section.querySelectorAll<HTMLElement>("[data-questions]")) {
    group.hidden = group.dataset.questions !== chosen;
    if (!group.hidden) needs = group.dataset.needs ?? "";
  }
  section.dataset.needs = needs ?? "";
  return needs !== undefined;
}

/** Shows a node in the page's live region; it stays until it is dismissed, since people read at their own pace. */
export function toast(page: Document, content: Node): void {
  page.querySelector(".toasts")?.replaceChildren(content);
}

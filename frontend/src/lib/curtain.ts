/** While an answer fills the screen, what lies behind it takes neither focus nor touch. */
export function drawCurtain(front: HTMLElement, drawn: boolean): void {
  for (let at: HTMLElement | null = front; at?.parentElement; at = at.parentElement) {
    for (const beside of at.parentElement.children) {
      if (beside !== at && beside instanceof HTMLElement) beside.inert = drawn;
    }
    if (at.parentElement === front.ownerDocument.body) break;
  }
}

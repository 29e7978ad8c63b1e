/** What the list says of each row: whether its door is ready, and never longer than it is. */

/** Show on each row whether its lock is among those that are ready; asked again whenever `worker`, which holds the pages, is replaced. */
export async function showReady(
  rows: readonly HTMLElement[],
  prepare: () => Promise<ReadonlySet<string>>,
  worker?: EventTarget,
): Promise<void> {
  let newest = 0;
  async function show(): Promise<void> {
    const own = ++newest;
    tell(rows, new Set());
    const ready = await prepare();
    // What was held meanwhile by a worker that is gone is no more
    if (own === newest) tell(rows, ready);
  }
  worker?.addEventListener("controllerchange", () => void show().catch(() => undefined));
  await show();
}

function tell(rows: readonly HTMLElement[], ready: ReadonlySet<string>): void {
  for (const row of rows) {
    row.querySelector("[data-ready]")?.toggleAttribute("hidden", !ready.has(row.dataset.gate ?? ""));
  }
}

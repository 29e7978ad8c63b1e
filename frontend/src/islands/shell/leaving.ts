import { openOutbox } from "../../lib/reports/outbox";

/** Whether a report that was begun, or that waits for a network, would be lost by a log-out. */
export async function waits(factory: IDBFactory): Promise<boolean> {
  const outbox = await openOutbox(factory, null, Date.now);
  return (await outbox.all()).some((draft) => draft.state !== "sent");
}

/** The page that asks whether to log out says what would be lost: `[data-lost]`. */
export async function warn(page: Document): Promise<void> {
  const words = page.querySelector<HTMLElement>("[data-lost]");
  if (words && (await waits(indexedDB))) words.hidden = false;
}

/** Outboxes that last as long as their page: under a mandate, where the browser keeps nothing, and what a phone that is full can't take. */
import type { Draft, Outbox, Photo } from "./outbox";

export function memoryOutbox(): Outbox {
  const drafts = new Map<string, Draft>();
  const photos = new Map<string, readonly Photo[]>();
  return {
    all: async () => [...drafts.values()].sort((one, other) => one.at - other.at),
    read: async (submission) => drafts.get(submission) ?? null,
    put: async (draft) => void drafts.set(draft.submission, draft),
    photos: async (submission) => photos.get(submission) ?? [],
    putPhotos: async (submission, own) => void photos.set(submission, own),
    drop: async (submission) => {
      drafts.delete(submission);
      photos.delete(submission);
    },
  };
}

/** What the store has no room for is held here, so that it can be finished and sent; `told` whether the last one fitted. */
export function spilling(store: Outbox, told: (fits: boolean) => void): Outbox {
  const held = memoryOutbox();
  const spilt = new Set<string>();
  /** All of a report is on one side: what fits in halves is lost by halves. */
  const spill = async (submission: string, write: (outbox: Outbox) => Promise<void>): Promise<void> => {
    if (!spilt.has(submission)) {
      try {
        await write(store);
        return told(true);
      } catch {
        spilt.add(submission);
        const former = await store.read(submission).catch(() => null);
        if (former) await held.put(former);
        await held.putPhotos(submission, await store.photos(submission).catch(() => []));
      }
    }
    told(false);
    await write(held);
  };
  const sideOf = (submission: string) => (spilt.has(submission) ? held : store);
  return {
    all: async () => {
      const kept = (await store.all().catch(() => [])).filter(({ submission }) => !spilt.has(submission));
      return [...kept, ...(await held.all())].sort((one, other) => one.at - other.at);
    },
    read: (submission) => sideOf(submission).read(submission),
    put: (draft) => spill(draft.submission, (outbox) => outbox.put(draft)),
    photos: (submission) => sideOf(submission).photos(submission),
    putPhotos: (submission, photos) => spill(submission, (outbox) => outbox.putPhotos(submission, photos)),
    drop: async (submission) => {
      await held.drop(submission);
      await store.drop(submission).catch(() => undefined);
    },
  };
}

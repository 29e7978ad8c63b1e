/** What somebody was typing, kept on their device until it is sent: IndexedDB, one record a form, for one reader at a time. */
import { asked, written } from "./indexeddb";

export const NAME = "beffroi-drafts";
const STORE = "drafts";
/** Older than that, it is no longer what they meant. */
export const LASTS = 7 * 24 * 60 * 60 * 1000;

export type Values = readonly (readonly [string, string])[];

interface Draft {
  readonly path: string;
  /** A word of one session (`X-Beffroi-Reader`): another reader's drafts are erased as soon as anybody looks. */
  readonly reader: string;
  readonly values: Values;
  readonly at: number;
}

export interface Drafts {
  read(path: string): Promise<Values | null>;
  write(path: string, values: Values): Promise<void>;
  drop(path: string): Promise<void>;
}

/** The drafts of one reader, to whom alone they are read (null: to drop one that was sent); rejects where the browser keeps nothing. */
export async function openDrafts(factory: IDBFactory, reader: string | null, now: () => number): Promise<Drafts> {
  const opening = factory.open(NAME, 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE, { keyPath: "path" });
  const database = await asked(opening);
  // A log-out erases everything: it must not wait for this page.
  database.onversionchange = () => database.close();
  const store = (mode: IDBTransactionMode) => database.transaction(STORE, mode).objectStore(STORE);
  const all = (await asked(store("readonly").getAll())) as Draft[];
  const others = (draft: Draft) => reader !== null && draft.reader !== reader;
  for (const old of all.filter((draft) => others(draft) || now() - draft.at > LASTS)) {
    await asked(store("readwrite").delete(old.path));
  }
  return {
    read: async (path) => ((await asked(store("readonly").get(path))) as Draft | undefined)?.values ?? null,
    write: async (path, values) => {
      const within = store("readwrite");
      within.put({ path, reader: reader ?? "", values, at: now() } satisfies Draft);
      // At once: the page may be leaving.
      within.transaction.commit();
      await written(within.transaction);
    },
    drop: async (path) => {
      await asked(store("readwrite").delete(path));
    },
  };
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
const KEPT = ["text", "search", "email", "tel", "url", "number", "date", "time", "datetime-local", "radio", "checkbox"];

function fieldsOf(form: HTMLFormElement): Field[] {
  const all = Array.from(form.querySelectorAll<Field>("input[name], textarea[name], select[name]"));
  return all.filter((field) => {
    const secret = /one-time-code|password|cc-/.test(field.getAttribute("autocomplete") ?? "");
    return !secret && (field.tagName !== "INPUT" || KEPT.includes((field as HTMLInputElement).type));
  });
}

function isChoice(field: Field): field is HTMLInputElement {
  return field.tagName === "INPUT" && ["radio", "checkbox"].includes((field as HTMLInputElement).type);
}

/** What the server gave a field: a list without a choice of its own shows its first one. */
function given(field: Field): string {
  if (field.tagName !== "SELECT") return (field as HTMLInputElement | HTMLTextAreaElement).defaultValue;
  const options = Array.from((field as HTMLSelectElement).options);
  return (options.find((option) => option.defaultSelected) ?? options[0])?.value ?? "";
}

/** Whether somebody has typed or chosen anything since the page came. */
export function touched(form: HTMLFormElement): boolean {
  return fieldsOf(form).some((field) =>
    isChoice(field) ? field.checked !== field.defaultChecked : field.value !== given(field),
  );
}

/** What a form holds: never a password, a code, a file or what is hidden. */
export function valuesOf(form: HTMLFormElement): Values {
  const held = fieldsOf(form).filter((field) => !isChoice(field) || field.checked);
  return held.map((field) => [field.name, field.value] as const);
}

/** Put it back; returns whether anything differs from what the server gave. */
export function fill(form: HTMLFormElement, values: Values): boolean {
  let changed = false;
  for (const field of fieldsOf(form)) {
    const own = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (isChoice(field)) {
      const wanted = own.includes(field.value);
      changed ||= field.checked !== wanted;
      field.checked = wanted;
    } else if (own[0] !== undefined && field.value !== own[0]) {
      field.value = own[0];
      changed = true;
    }
  }
  return changed;
}

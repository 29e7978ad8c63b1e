/** What a report's form holds, hidden fields too, and how it comes back. */

export type Values = readonly (readonly [string, string])[];

/** Of the page or of the sending, not of the report. */
const OTHERS = ["csrfmiddlewaretoken", "submission", "owner", "photos", "taken"];

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function typedIn(form: HTMLFormElement): Values {
  const typed: [string, string][] = [];
  new FormData(form).forEach((value, name) => {
    if (typeof value === "string" && value !== "" && !OTHERS.includes(name)) typed.push([name, value]);
  });
  return typed;
}

export function typeIn(form: HTMLFormElement, values: Values): void {
  const fields = Array.from(form.elements).filter((field): field is Field => "name" in field && "value" in field);
  for (const field of fields) {
    if (field.name === "" || OTHERS.includes(field.name) || field.tagName === "BUTTON") continue;
    const own = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type)) {
      field.checked = own.includes(field.value);
    } else field.value = own[0] ?? "";
  }
}

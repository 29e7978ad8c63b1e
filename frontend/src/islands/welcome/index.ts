// The code travels in the address's fragment, which no server is sent: it is put into its field, and taken out of the address.
const field = document.querySelector<HTMLInputElement>("[data-fragment]");
const code = decodeURIComponent(location.hash.slice(1));
if (field && code && !field.value) {
  field.value = code;
  history.replaceState(null, "", location.pathname);
}

// Words that were typed but not sent survive a reload, a lost connection, the back button and, in the console, the end of a session: in this tab only,
// until they are in. In the console they are their writer's: who signs in next in the same tab does not find them, and signing out forgets them.

const PERSON = document.documentElement.dataset.person;
const PREFIX = PERSON ? `draft:${PERSON}:` : "draft:";
const UNKEPT = new Set(["hidden", "password", "file", "submit", "button", "reset", "image", "search"]);

export function startDrafts() {
  const store = openStore();
  if (!store) return;
  if (document.querySelector("[data-drafts-forget]")) forgetAll(store);
  for (const done of document.querySelectorAll("[data-draft-clear]")) store.removeItem(PREFIX + done.dataset.draftClear);
  for (const form of document.querySelectorAll("form[data-draft]")) keep(form, store, PREFIX + form.dataset.draft);
}

function openStore() {
  try {
    return sessionStorage; // throws where the browser blocks storage
  } catch {
    return null;
  }
}

/** @param {Storage} store */
function forgetAll(store) {
  for (const key of Object.keys(store)) if (key.startsWith("draft:")) store.removeItem(key);
}

/** @param {HTMLFormElement} form @param {Storage} store @param {string} key */
function keep(form, store, key) {
  const kept = read(store, key);
  for (const field of fieldsOf(form)) restore(field, kept[field.name]);
  form.addEventListener("input", () => {
    const words = read(store, key);
    for (const field of fieldsOf(form)) {
      if (!isChoice(field)) words[field.name] = field.value;
      else if (field.type === "radio") field.checked && (words[field.name] = field.value);
      else words[field.name] = chosen(form, field.name);
    }
    try {
      store.setItem(key, JSON.stringify(words));
    } catch {
      store.removeItem(key); // full: an old draft would be worse than none
    }
  });
}

/** @param {Storage} store @param {string} key @returns {Record<string, any>} */
function read(store, key) {
  try {
    return JSON.parse(store.getItem(key) ?? "{}");
  } catch {
    return {};
  }
}

/** @param {HTMLFormElement} form */
function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && field.type && !UNKEPT.has(field.type) && field.autocomplete !== "off" && !("noDraft" in field.dataset));
}

const isChoice = (field) => field.type === "radio" || field.type === "checkbox";

const chosen = (form, name) => fieldsOf(form).filter((field) => field.name === name && field.checked).map((field) => field.value);

/** What the server wrote into the page is newer than the draft and stays. */
function restore(field, kept) {
  if (kept === undefined) return;
  if (field.type === "checkbox") {
    if (Array.isArray(kept) && kept.includes(field.value)) field.checked = true;
  } else if (field.type === "radio") {
    const group = field.form.elements.namedItem(field.name);
    if (field.value === kept && !(group instanceof RadioNodeList ? group.value : group.checked)) field.checked = true;
  } else if (field.value === "" && typeof kept === "string") {
    field.value = kept;
  }
}

// What was typed in a call stays in this tab until the call is over: a reload, a lost connection or a lost session loses nothing.
// Kept under the person's own key, so that the next person at this desk does not find it.

const PREFIX = "call:";
const UNKEPT = new Set(["csrfmiddlewaretoken", "city", "do"]);

const keyOf = () => PREFIX + (document.documentElement.dataset.person ?? "");

function storeOf() {
  try {
    return sessionStorage; // throws where the browser blocks storage
  } catch {
    return null;
  }
}

export function forgetCall() {
  const store = storeOf();
  for (const key of Object.keys(store ?? {})) if (key.startsWith(PREFIX)) store.removeItem(key);
}

/** @param {HTMLFormElement} form */
export function keepCall(form) {
  const typed = [...new FormData(form)].filter(([name, value]) => !UNKEPT.has(name) && typeof value === "string");
  try {
    storeOf()?.setItem(keyOf(), JSON.stringify(typed));
  } catch {
    forgetCall(); // full: half a call would be worse than none
  }
}

/** What was kept, as pairs of name and value; null where there is nothing worth bringing back. @returns {[string, string][] | null} */
export function keptCall() {
  try {
    const kept = JSON.parse(storeOf()?.getItem(keyOf()) ?? "null");
    return Array.isArray(kept) && kept.some(([name, value]) => value && !["submission_key", "language", "contact_method"].includes(name)) ? kept : null;
  } catch {
    return null;
  }
}

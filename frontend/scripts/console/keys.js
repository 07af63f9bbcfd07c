// One letter, one thing: `data-key="a"` on a link, button or field of the page is pressed or focused by that key. `?` lists all keys of the page.
// No key counts while one types, with Ctrl, Alt or Meta held, or behind an open dialog; letters can be switched off for good (data-keys="off" on <html>).
// A script with keys of its own asks plainKey(event) what was pressed, and puts its rows into the list: an element
// `<span hidden data-key-help="j k" data-key-label="Next row, row before"></span>` in the page, or addKeyHelp([{ keys: "j k", label }]).

const more = [];

export const keysAreOn = () => document.documentElement.dataset.keys !== "off";

/** Rows for the list, with words that the page brought along. @param {{keys: string, label: string}[]} rows */
export function addKeyHelp(rows) {
  more.push(...rows);
}

/** What was pressed, if it counts as a shortcut here: "a", "?", "Enter", …; else "". @param {KeyboardEvent} event */
export function plainKey(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || isTyped(event.target) || document.querySelector("dialog[open]")) return "";
  const key = event.key;
  if (key.length > 1) return event.shiftKey ? "" : key;
  if (!keysAreOn() || key === " ") return "";
  const isLetter = key.toLowerCase() !== key.toUpperCase();
  return isLetter && event.shiftKey ? "" : key.toLowerCase(); // a locked Caps key changes nothing
}

export function startKeys() {
  const dialog = document.querySelector("dialog[data-keys-dialog]");
  for (const button of document.querySelectorAll("[data-keys-open]")) {
    button.hidden = false;
    button.addEventListener("click", () => openList(dialog));
  }
  for (const element of document.querySelectorAll("[data-key]")) if (keysAreOn()) element.setAttribute("aria-keyshortcuts", element.dataset.key);
  document.addEventListener("keydown", (event) => {
    const key = plainKey(event);
    if (!key) return;
    if (key === "?" && dialog) openList(dialog);
    else if (!use(elementOf(key))) return;
    event.preventDefault();
  });
}

/** @param {EventTarget | null} target */
function isTyped(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches("textarea, select, [role=combobox], [role=listbox], [role=textbox]")) return true;
  return target.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset], [type=file], [type=image])");
}

const isShown = (element) => element.getClientRects().length > 0;

/** @param {string} key */
const elementOf = (key) => [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key && isShown(element));

/** @param {HTMLElement | undefined} element */
function use(element) {
  if (!element) return false;
  if (element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])")) {
    element.focus();
    if (element instanceof HTMLInputElement) element.select?.();
  } else {
    element.focus();
    element.click();
  }
  return true;
}

/** @param {HTMLDialogElement | null} dialog */
function openList(dialog) {
  if (!dialog || dialog.open) return;
  dialog.querySelector("[data-keys-list]").replaceChildren(...allRows().map(rowOf));
  dialog.showModal();
}

/** @returns {{keys: string, label: string}[]} every key once, in the order of the page */
function allRows() {
  const pressed = [...document.querySelectorAll("[data-key]")].filter(isShown).map((element) => ({ keys: element.dataset.key, label: labelOf(element) }));
  const told = [...document.querySelectorAll("[data-key-help]")].map((element) => ({ keys: element.dataset.keyHelp, label: element.dataset.keyLabel ?? "" }));
  const rows = new Map();
  for (const row of [...told, ...more, ...pressed]) if (!rows.has(row.keys)) rows.set(row.keys, row);
  return [...rows.values()];
}

const labelOf = (element) => element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent.trim().replace(/\s+/g, " ");

/** @param {{keys: string, label: string}} row */
function rowOf({ keys, label }) {
  const row = document.createElement("tr");
  const words = document.createElement("th");
  words.scope = "row";
  words.textContent = label;
  const cell = document.createElement("td");
  keys.split(" ").forEach((key, place) => {
    const shown = document.createElement("kbd");
    shown.textContent = key;
    cell.append(...(place ? [" "] : []), shown);
  });
  row.append(words, cell);
  return row;
}

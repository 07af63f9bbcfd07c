// The queue by keys: j and k go from row to row, x selects, v and a digit shows a view. The focus is the cursor, so Enter opens as on any link.
// Back from a request one stands on the row that one left; what is new is said in a line and moves nothing.
import { counted } from "../words.js";
import { plainKey } from "./keys.js";

const NEWS_MS = 30_000;
const CHORD_MS = 2_000;
const KEPT = "queue:at";

export function startQueue() {
  linkBack();
  const body = document.querySelector("[data-queue]");
  if (!body) return;
  const rows = [...body.querySelectorAll("tr[data-row]")];
  startRows(rows);
  startChoosing(rows);
  startViews();
  startNews();
  startFilters();
  returnTo(rows);
}

/** On a request's page: a link marked data-queue-back leads to the rows one came from. */
function linkBack() {
  const kept = remembered();
  if (kept) for (const link of document.querySelectorAll("a[data-queue-back]")) link.href = `${kept.url}#r-${kept.row}`;
}

const linkOf = (row) => row?.querySelector(".queue__open");
const rowOf = (element) => element?.closest?.("tr[data-row]") ?? null;

/** @param {HTMLTableRowElement[]} rows */
function startRows(rows) {
  let current = null;
  const stepTo = (row) => {
    if (!row) return;
    linkOf(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("focusin", (event) => {
    const row = rowOf(event.target);
    if (!row || row === current) return;
    current = row;
    for (const other of rows) other.toggleAttribute("data-current", other === row);
    document.dispatchEvent(new CustomEvent("queue:row", { detail: { reference: row.dataset.row, at: row.dataset.at } }));
  });
  document.addEventListener("keydown", (event) => {
    const key = plainKey(event);
    if (!["j", "k", "x"].includes(key) || !rows.length) return;
    event.preventDefault();
    const place = rows.indexOf(rowOf(document.activeElement) ?? current);
    if (key === "x") rows[place]?.querySelector("[name=chosen]")?.click();
    else if (place < 0) stepTo(rows[0]);
    else stepTo(rows[place + (key === "j" ? 1 : -1)]);
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest(".queue__open, [data-queue-point]");
    const row = link && (rowOf(link)?.dataset.row ?? link.dataset.queuePoint);
    if (row) sessionStorage.setItem(KEPT, JSON.stringify({ url: location.pathname + location.search, row }));
  });
}

/** @param {HTMLTableRowElement[]} rows */
function startChoosing(rows) {
  const form = document.querySelector("[data-queue-assign]");
  if (!form) return;
  const boxes = rows.map((row) => row.querySelector("[name=chosen]"));
  const all = document.querySelector("[data-queue-all]");
  const tell = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    form.querySelector("[data-queue-count]").textContent = counted({ none: form.dataset.none, one: form.dataset.one, many: form.dataset.many }, chosen);
    form.toggleAttribute("data-active", chosen > 0);
    if (!all) return;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      tell();
    });
  }
  let last = null;
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last) for (const other of between(boxes, last, box)) other.checked = box.checked;
      last = box;
    });
    box.addEventListener("change", tell);
    box.addEventListener("click", tell);
  }
  document.addEventListener("keydown", (event) => {
    if (plainKey(event) !== "a") return;
    event.preventDefault();
    form.querySelector("[name=to_team]").focus();
  });
  addEventListener("pageshow", tell);
  tell();
}

/** The boxes from one to the other, in the order of the page. */
function between(boxes, one, other) {
  const [first, last] = [boxes.indexOf(one), boxes.indexOf(other)].sort((a, b) => a - b);
  return boxes.slice(first, last + 1);
}

function startViews() {
  let armedUntil = 0;
  document.addEventListener(
    "keydown",
    (event) => {
      const key = plainKey(event);
      if (key === "v") armedUntil = Date.now() + CHORD_MS;
      else if (Date.now() > armedUntil || !/^[1-9]$/.test(key)) return void (armedUntil = 0);
      else document.querySelector(`[data-queue-view="${key}"]`)?.click();
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { capture: true },
  );
}

function startNews() {
  const place = document.querySelector("[data-queue-news]");
  const line = place?.querySelector("[data-queue-news-line]");
  if (!line) return;
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(place.dataset.queueNews, { headers: { Accept: "application/json" } });
      if (!response.ok) return;
      const news = await response.json();
      const words = line.querySelector("[data-queue-news-words]");
      if (words.textContent !== news.words) words.textContent = news.words;
      line.hidden = news.new === 0;
    } catch {
      // The next half minute tries again; the rows stand as they are.
    }
  }, NEWS_MS);
}

/** A choice is shown at once; empty ones are left out of the address. */
function startFilters() {
  const form = document.querySelector("[data-queue-filters]");
  form?.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) form.requestSubmit();
  });
  form?.addEventListener("formdata", (event) => {
    const defaults = { state: "waiting", order: "due" };
    for (const [name, value] of [...event.formData]) if (!value || defaults[name] === value) event.formData.delete(name);
  });
}

/** @param {HTMLTableRowElement[]} rows */
function returnTo(rows) {
  const named = location.hash.startsWith("#r-") ? decodeURIComponent(location.hash.slice(3)) : null;
  const kept = remembered();
  const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward" && kept?.url === location.pathname + location.search;
  const wanted = named ?? (cameBack ? kept.row : null);
  const row = rows.find((each) => each.dataset.row === wanted);
  if (!row) return;
  linkOf(row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "center" });
}

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  } catch {
    return null;
  }
}

// Address suggestions after the ARIA combobox pattern (list autocomplete, manual selection). Whatever is typed stays valid without choosing.
import { PLACE_EVENT } from "./place_form.js";
import { counted } from "./words.js";

const SHORTEST = 3;
const PAUSE_MS = 180;

export function startComboboxes() {
  for (const root of document.querySelectorAll("[data-combobox][data-suggest-url]")) {
    const input = root.querySelector("input");
    const list = root.querySelector("[role=listbox]");
    if (input && list) new Combobox(root, input, list);
  }
}

class Combobox {
  /** @param {HTMLElement} root @param {HTMLInputElement} input @param {HTMLElement} list */
  constructor(root, input, list) {
    Object.assign(this, { root, input, list, status: root.querySelector("[data-combobox-status]"), places: [], active: -1, timer: 0, request: null });
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);
    input.autocomplete = "off";
    input.addEventListener("input", () => this.ask());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus in the box
    list.addEventListener("click", (event) => this.choose([...list.children].indexOf(event.target.closest("li"))));
  }

  ask() {
    clearTimeout(this.timer);
    this.request?.abort();
    const words = this.input.value.trim();
    if (words.length < SHORTEST) return this.close();
    this.timer = setTimeout(() => this.fetch(words), PAUSE_MS);
  }

  async fetch(words) {
    this.request = new AbortController();
    const url = new URL(this.root.dataset.suggestUrl, location.href);
    url.searchParams.set("q", words);
    try {
      const response = await fetch(url, { signal: this.request.signal, headers: { Accept: "application/json" } });
      if (response.ok) this.show((await response.json()).places ?? []);
    } catch (error) {
      if (error.name !== "AbortError") this.close(); // no suggestions: the typed address is sent as it is
    }
  }

  show(places) {
    this.places = places;
    this.list.replaceChildren(...places.map((place, index) => option(`${this.list.id}_${index}`, place.label)));
    this.list.hidden = places.length === 0;
    this.input.setAttribute("aria-expanded", String(places.length > 0));
    this.move(-1);
    this.say(counted(this.root.dataset, places.length));
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.move(-1);
  }

  move(index) {
    this.active = index;
    [...this.list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
    const current = this.list.children[index];
    if (current) this.input.setAttribute("aria-activedescendant", current.id);
    else this.input.removeAttribute("aria-activedescendant");
    current?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const open = !this.list.hidden;
    const last = this.places.length - 1;
    if (event.key === "ArrowDown" && open) this.move(this.active >= last ? 0 : this.active + 1);
    else if (event.key === "ArrowDown") this.ask();
    else if (event.key === "ArrowUp" && open) this.move(this.active <= 0 ? last : this.active - 1);
    else if (event.key === "Enter" && open && this.active >= 0) this.choose(this.active);
    else if (event.key === "Escape" && open) this.close();
    else return;
    event.preventDefault();
  }

  choose(index) {
    const place = this.places[index];
    if (!place) return;
    this.input.value = place.label;
    this.close();
    this.say(place.label);
    this.input.dispatchEvent(new CustomEvent(PLACE_EVENT, { bubbles: true, detail: { ...place, source: "address" } }));
  }

  say(words) {
    if (this.status) this.status.textContent = words;
  }
}

/** @param {string} id @param {string} words */
function option(id, words) {
  const item = document.createElement("li");
  item.id = id;
  item.setAttribute("role", "option");
  item.textContent = words;
  return item;
}

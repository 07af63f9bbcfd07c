// The two boxes of a call. Enter takes the first suggestion and goes on, also when it was pressed before the suggestions had come.
// The arrow keys choose another; Escape puts the list away. The page reads `set` of a suggestion into its form.
import { counted } from "../words.js";

const SHORTEST = 2;
const PAUSE_MS = 120;
let numbered = 0;

export class CallBox {
  /** @param {HTMLElement} root @param {HTMLFormElement} form @param {(item: object | null) => void} taken */
  constructor(root, form, taken) {
    Object.assign(this, { root, form, taken, input: root.querySelector("input"), list: root.querySelector("[role=listbox]"), items: [], active: -1, timer: 0, asked: "", request: null, answer: null });
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id })) this.input.setAttribute(name, value);
    this.status = root.appendChild(Object.assign(document.createElement("p"), { className: "visually-hidden" }));
    this.status.setAttribute("role", "status");
    this.settled = this.input.value;
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus in the box
    this.list.addEventListener("click", (event) => this.take([...this.list.children].indexOf(event.target.closest("li"))));
  }

  get words() {
    return this.input.value.trim();
  }

  /** The box now holds what is known: Enter goes on without asking again. */
  settle() {
    this.settled = this.words;
  }

  typed() {
    clearTimeout(this.timer);
    if (this.words.length < SHORTEST) return this.close();
    this.timer = setTimeout(() => this.fetch(), PAUSE_MS);
  }

  /** Suggestions for what stands in the box; asked once for the same words. */
  fetch() {
    clearTimeout(this.timer);
    if (this.asked === this.words && this.answer) return this.answer;
    this.request?.abort();
    this.request = new AbortController();
    this.asked = this.words;
    this.answer = this.ask(this.asked, this.request.signal);
    return this.answer;
  }

  async ask(words, signal) {
    const url = new URL(this.form.dataset.suggestUrl, location.href);
    url.search = new URLSearchParams({ box: this.root.dataset.callBox, q: words.slice(0, 200) });
    try {
      const response = await fetch(url, { signal, headers: { Accept: "application/json" } });
      const items = response.ok && !response.redirected ? (await response.json()).items : [];
      if (words === this.words) this.show(items);
      return items;
    } catch {
      this.answer = null;
      return [];
    }
  }

  show(items) {
    this.items = items;
    this.list.replaceChildren(...items.map(option));
    this.move(items.length ? 0 : -1);
    const open = items.length > 0 && document.activeElement === this.input;
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    this.status.textContent = counted(this.form.dataset, items.length);
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  move(index) {
    this.active = index;
    [...this.list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === index)));
    const current = this.list.children[index];
    if (current) this.input.setAttribute("aria-activedescendant", current.id);
    current?.scrollIntoView({ block: "nearest" });
  }

  /** Whether a key was the box's own. @param {KeyboardEvent} event */
  key(event) {
    const open = !this.list.hidden;
    const last = this.items.length - 1;
    if (event.key === "ArrowDown" && open) this.move(this.active >= last ? 0 : this.active + 1);
    else if (event.key === "ArrowDown") this.fetch();
    else if (event.key === "ArrowUp" && open) this.move(this.active <= 0 ? last : this.active - 1);
    else if (event.key === "Escape" && open) this.close();
    else return false;
    return true;
  }

  /** Enter: what is chosen, else the first that comes. */
  async enter() {
    if (!this.words || this.words === this.settled) return this.taken(null);
    const isShown = this.asked === this.words && !this.list.hidden;
    const items = isShown ? this.items : await this.fetch();
    const at = isShown ? Math.max(this.active, 0) : 0;
    return items[at] ? this.take(at, items) : this.taken(undefined);
  }

  take(at, items = this.items) {
    const item = items[at];
    if (!item) return undefined;
    this.input.value = item.value;
    this.close();
    this.settle();
    return this.taken(item);
  }
}

/** @param {{label: string, note: string}} item */
function option({ label, note }) {
  const row = document.createElement("li");
  row.id = `call_option_${(numbered += 1)}`;
  row.setAttribute("role", "option");
  const words = document.createElement("span");
  words.textContent = label;
  const small = document.createElement("small");
  small.textContent = note;
  row.append(words, " ", small);
  return row;
}

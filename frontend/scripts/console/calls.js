// One call, one page, the keyboard alone. Enter goes from stop to stop in the order of a call; after an answer that changes what must be asked next,
// the whole form is sent to be looked at and the parts that changed are exchanged. What is typed meanwhile waits and is not lost.
import { CallBox } from "./calls_box.js";
import { forgetCall, keepCall, keptCall } from "./calls_keep.js";

const GROUP_KEYS = { y: 0, n: 1 };

export function startCalls() {
  if (document.querySelector("[data-call-done]")) forgetCall();
  for (const link of document.querySelectorAll("[data-call-clear]")) link.addEventListener("click", forgetCall);
  document.querySelector("[data-next-call]")?.focus();
  const form = document.querySelector("form[data-call]");
  if (form) broughtBack(form).then((ready) => new CallPage(ready));
}

/** The form with what was kept in this tab, looked up anew; without a connection with the words alone. @param {HTMLFormElement} form */
async function broughtBack(form) {
  const kept = form.elements.namedItem("place").value ? null : keptCall();
  if (!kept) return form;
  const body = new FormData(form);
  for (const [name] of kept) body.delete(name);
  for (const [name, value] of kept) body.append(name, value);
  body.set("do", "look");
  try {
    const response = await fetch(form.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (page.querySelector("[data-call-done]")) {
      forgetCall(); // it was sent, and the answer was lost on its way
      location.assign(response.url);
      return form;
    }
    const fresh = page.querySelector("form[data-call]");
    if (fresh) form.replaceWith(document.adoptNode(fresh));
    return fresh ?? form;
  } catch {
    for (const [name, value] of kept) {
      const field = form.elements.namedItem(name);
      if (field) field.value = value;
    }
    return form;
  }
}

class CallPage {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    Object.assign(this, { form, alert: form.querySelector("[data-call-alert]"), waiting: null, depth: 0, looks: 0, unfound: "", phoneLooked: "" });
    this.boxes = new Map([...form.querySelectorAll("[data-call-box]")].map((root) => [root.querySelector("input"), new CallBox(root, form, (item) => this.boxTook(root, item))]));
    form.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("input", () => keepCall(form));
    form.addEventListener("change", (event) => this.changed(event.target));
    form.addEventListener("click", (event) => this.clicked(event));
    form.addEventListener("submit", (event) => this.submit(event));
    form.addEventListener("focusin", (event) => this.markStep(event.target));
    addEventListener("keydown", (event) => this.functionKey(event), true);
    addEventListener("keydown", (event) => this.hold(event), true);
    this.showAskedFields();
    if (!form.contains(document.activeElement) || document.activeElement === this.place) this.begin();
  }

  /** Where the call stands: at its first box, or where a reload or a sending before the script was there left it. */
  begin() {
    const what = this.form.elements.namedItem("what");
    if (document.querySelector(".error-summary")) return;
    if (this.place.value && this.form.querySelector("[data-part] .call-found")) this.proceed(what.value ? "20" : "10");
    else if (document.activeElement !== this.place) this.place.focus();
  }

  get place() {
    return this.form.elements.namedItem("place");
  }

  get mode() {
    return this.form.dataset.mode;
  }

  // ---- keys

  key(event) {
    const { target, key } = event;
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = this.boxes.get(target);
    if (box?.key(event)) return event.preventDefault();
    if (key === "Enter") return this.enter(event, box);
    if (key === "Escape" && this.mode !== "new" && this.form.querySelector("[data-unchoose]")) return this.unchoose(event);
    const group = target.closest?.("[data-group]");
    if (group) this.groupKey(event, group);
    else if (isButton(target) && /^[^\s?]$/.test(key)) event.preventDefault(); // a digit must not open another page in the middle of a call
  }

  enter(event, box) {
    const { target } = event;
    if (isButton(target) || target.matches("a, summary, select") || event.shiftKey) return;
    event.preventDefault();
    if (box) return void this.during(() => box.enter());
    if (target.name === "phone") return void this.leavePhone();
    const group = target.closest("[data-group]");
    if (group?.hasAttribute("data-look") && group.querySelector(":checked")) return void this.lookThen(group);
    this.goOn(target);
  }

  groupKey(event, group) {
    const options = [...group.querySelectorAll("input")];
    const { key } = event;
    if (!/^[0-9a-z]$/i.test(key)) return;
    event.preventDefault();
    const at = group.hasAttribute("data-yes-no") ? (GROUP_KEYS[key.toLowerCase()] ?? Number(key) - 1) : Number(key) - 1;
    const option = options[at];
    if (!option) return;
    option.focus();
    if (option.type === "checkbox") {
      option.click();
      return;
    }
    option.checked = true;
    keepCall(this.form);
    this.showAskedFields();
    if (group.hasAttribute("data-look")) this.lookThen(group);
    else this.goOn(option);
  }

  functionKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || document.querySelector("dialog[open]")) return;
    const act = { F2: () => this.nextLanguage(), F4: () => this.toArticles(), F9: () => this.primary()?.click() }[event.key];
    if (act) act();
    const isStray = /^[0-9]$/.test(event.key) && !this.form.contains(event.target); // no answer may open another page in the middle of a call
    if (act || isStray) event.preventDefault();
  }

  /** Keys that come while the page is being looked up wait for their field. */
  hold(event) {
    if (!this.waiting || event.ctrlKey || event.metaKey || event.altKey || (event.key.length > 1 && !["Enter", "Backspace"].includes(event.key))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.waiting.push(event.key);
  }

  replay(keys) {
    for (const [at, key] of keys.entries()) {
      if (this.waiting) return void this.waiting.push(...keys.slice(at));
      const target = document.activeElement;
      if (!target || !this.form.contains(target)) return;
      const isText = target.matches("textarea, input:not([type=radio], [type=checkbox])");
      if (key.length === 1 && isText) type(target, target.value + key);
      else if (key === "Backspace" && isText) type(target, target.value.slice(0, -1));
      else if (key === "Enter" && isButton(target)) return void target.click();
      else target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    }
  }

  // ---- the way through the call

  stops() {
    return [...this.form.querySelectorAll("[data-stop]")]
      .filter((stop) => Number(stop.dataset.stop) > 0 && stop.dataset.modes.split(" ").includes(this.mode) && stop.getClientRects().length && isOpen(stop))
      .sort((one, other) => Number(one.dataset.stop) - Number(other.dataset.stop));
  }

  /** @param {Element} from */
  goOn(from) {
    const stop = from.closest("[data-stop]");
    const order = this.stops();
    const next = order[order.indexOf(stop) + 1];
    if (next) enterStop(next);
  }

  primary() {
    return this.form.querySelector("[data-primary]");
  }

  boxTook(root, item) {
    const input = root.querySelector("input");
    const box = this.boxes.get(input);
    const isPlace = input === this.place;
    if (item === null) {
      if (this.mode === "new" || this.mode === "join" || !input.value) this.goOn(input);
      else return this.look(input);
      return undefined;
    }
    if (isPlace) this.set({ place_key: "", ...(item?.set ?? {}) });
    else this.set({ service: "", article: "", ...(item?.set ?? {}) });
    if (isPlace && !item && this.unfound === box.words) {
      const keep = this.form.querySelector("input[type=checkbox][name=place_as_words]");
      if (keep) keep.checked = true;
    }
    return this.look(input);
  }

  async leavePhone() {
    const phone = this.form.elements.namedItem("phone");
    if (!phone.value.trim() || phone.value === this.phoneLooked) return this.goOn(phone);
    this.phoneLooked = phone.value;
    await this.look(phone);
  }

  async lookThen(group) {
    const next = group.dataset.next;
    await this.look(group.querySelector(":checked") ?? group.querySelector("input"), next);
  }

  /** What only some answers ask for. */
  showAskedFields() {
    for (const field of this.form.querySelectorAll("[data-if-response]")) field.closest(".field").hidden = !isOpen(field) && !field.value;
  }

  changed(target) {
    keepCall(this.form);
    this.showAskedFields();
    if (target.name === "language") this.look(document.activeElement);
    if (target.name === "same" && target.type === "radio" && !this.waiting && target.matches(":hover")) this.lookThen(target.closest("[data-group]"));
  }

  clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.hasAttribute("data-unchoose")) this.unchoose(event);
    else if (button.dataset.chooseService) {
      event.preventDefault();
      const what = this.form.elements.namedItem("what");
      what.value = button.dataset.chooseName;
      this.boxes.get(what).settle();
      this.set({ service: button.dataset.chooseService, article: "" });
      this.look(what);
    }
  }

  unchoose(event) {
    event.preventDefault();
    for (const radio of this.form.querySelectorAll("input[type=radio][name=same]")) radio.checked = false;
    const wasNumber = this.form.querySelector("input[type=hidden][name=same]");
    wasNumber?.remove();
    if (wasNumber) this.place.value = "";
    this.look(this.place, wasNumber ? "place" : undefined);
  }

  nextLanguage() {
    const choices = [...this.form.querySelectorAll("[name=language]")];
    const at = choices.findIndex((choice) => choice.checked);
    choices[(at + 1) % choices.length].checked = true;
    keepCall(this.form);
    this.look(document.activeElement, "stay");
  }

  toArticles() {
    const article = this.form.querySelector("[data-answer-with]");
    if (!article) return;
    article.closest("details").open = true;
    article.focus();
  }

  // ---- sending

  set(values) {
    for (const [name, value] of Object.entries(values)) {
      const found = this.form.elements.namedItem(name);
      if (found instanceof HTMLInputElement) found.value = value;
      else if (name === "same" && !found) this.form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
  }

  /** Keys that are pressed until `work` is through wait for the field that they are meant for. @param {() => Promise<unknown>} work */
  async during(work) {
    this.waiting ??= [];
    this.depth += 1;
    this.form.setAttribute("aria-busy", "true");
    try {
      await work();
    } finally {
      this.depth -= 1;
      if (this.depth === 0) {
        const keys = this.waiting;
        this.waiting = null;
        this.form.removeAttribute("aria-busy");
        this.replay(keys);
      }
    }
  }

  /** Send what there is, exchange what changed, go where the call goes on. @param {Element} from @param {string} [next] */
  look(from, next) {
    const number = (this.looks += 1);
    keepCall(this.form);
    return this.during(async () => {
      const body = new FormData(this.form);
      body.set("do", "look");
      const page = await this.send(body);
      if (page && number === this.looks) this.exchange(page, from, next);
    });
  }

  /** The answer as a document; null where there is none, which the page then says. */
  async send(body) {
    try {
      const response = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (page.querySelector("[data-call-done]")) {
        forgetCall();
        location.assign(response.url);
        return null;
      }
      if (page.querySelector("form[data-call]")) {
        this.say("");
        return page;
      }
      this.say(response.ok || response.status === 403 ? this.form.dataset.signedOut : this.form.dataset.lost);
    } catch {
      this.say(this.form.dataset.lost);
    }
    return null;
  }

  exchange(page, from, next) {
    const stop = from.closest?.("[data-stop]")?.dataset.stop;
    const isElsewhere = !this.form.contains(document.activeElement) || document.activeElement.closest("[data-part]");
    for (const part of this.form.querySelectorAll("[data-part]")) {
      const fresh = page.getElementById(part.id);
      const isSame = part.dataset.version !== undefined && part.dataset.version === fresh?.dataset.version;
      if (fresh && !isSame) part.replaceWith(document.adoptNode(fresh));
      else if (fresh) part.hidden = fresh.hidden;
    }
    for (const line of this.form.querySelectorAll(":not([data-part]) > [data-say]")) {
      const fresh = page.querySelector(`[data-say="${line.dataset.say}"]`);
      if (fresh) [line.textContent, line.lang] = [fresh.textContent, fresh.lang];
    }
    this.form.dataset.mode = page.querySelector("form[data-call]").dataset.mode;
    for (const part of this.form.querySelectorAll("[data-show]")) part.hidden = !part.dataset.show.split(" ").includes(this.mode);
    for (const name of ["place", "phone", "what"]) this.takeOver(page, name);
    keepCall(this.form);
    this.proceed(stop, next, isElsewhere);
  }

  /** The server put better words into a box, or moved a number to where it belongs. */
  takeOver(page, name) {
    const [own, fresh] = [this.form.elements.namedItem(name), page.querySelector(`[name=${name}]`)];
    if (!fresh || own.value === fresh.value) return this.boxes.get(own)?.settle();
    if (document.activeElement === own && name === "phone") return;
    own.value = fresh.value;
    this.boxes.get(own)?.settle();
    if (name === "phone") this.phoneLooked = own.value;
  }

  proceed(stop, next, isElsewhere) {
    const fault = { 10: "place", 20: "what", 80: "phone" }[stop];
    if (fault && this.form.querySelector(`[data-fault=${fault}]`)) {
      const field = this.form.elements.namedItem(fault);
      if (fault === "place") this.unfound = field.value.trim();
      if (this.boxes.has(field)) this.boxes.get(field).settled = null;
      field.focus();
      return field.select();
    }
    if (next === "stay") return isElsewhere ? this.refocus(stop) : undefined;
    if (this.mode === "join" && next === "phone") return enterStop(this.form.elements.namedItem("phone"));
    if (["stopped", "article", "asked"].includes(this.mode) || next === "primary") return this.primary()?.focus();
    this.refocus(stop, 1);
  }

  /** To the stop at or after a place in the order. */
  refocus(stop, after = 0) {
    const unanswered = (one) => !one.hasAttribute("data-yes-no") || !one.querySelector(":checked");
    const order = this.stops();
    const target = order.find((one) => Number(one.dataset.stop) > Number(stop) || (Number(one.dataset.stop) === Number(stop) && one.hasAttribute("data-yes-no") && unanswered(one))) ?? order.at(-1);
    const here = after ? target : (order.find((one) => one.dataset.stop === stop) ?? target);
    if (here) enterStop(here);
  }

  submit(event) {
    const button = event.submitter;
    if (event.defaultPrevented && !button) return;
    event.preventDefault();
    const body = new FormData(this.form);
    if (button?.name) body.append(button.name, button.value);
    if (button?.dataset.answerWith) body.append("answered_with", button.dataset.answerWith);
    keepCall(this.form);
    this.save(body, button);
  }

  async save(body, button) {
    if (this.isSaving) return;
    this.isSaving = true;
    button?.setAttribute("aria-disabled", "true");
    const page = await this.send(body);
    this.isSaving = Boolean(page === null && !this.alert.textContent);
    if (!this.isSaving) button?.removeAttribute("aria-disabled");
    if (page) this.showFaults(page);
  }

  /** Something is missing: the summary, and each word at its field. */
  showFaults(page) {
    const own = document.querySelector(".error-summary");
    const fresh = page.querySelector(".error-summary");
    own?.remove();
    for (const part of this.form.querySelectorAll("[data-part]")) {
      const other = page.getElementById(part.id);
      if (other) part.replaceWith(document.adoptNode(other));
    }
    this.form.dataset.mode = page.querySelector("form[data-call]").dataset.mode;
    for (const part of this.form.querySelectorAll("[data-show]")) part.hidden = !part.dataset.show.split(" ").includes(this.mode);
    if (!fresh) return;
    this.form.before(document.adoptNode(fresh));
    const first = document.querySelector(".error-summary a")?.getAttribute("href");
    const field = first && document.querySelector(first);
    (field ?? document.querySelector(".error-summary"))?.focus();
  }

  say(words) {
    this.alert.textContent = words;
    this.alert.hidden = !words;
  }

  markStep(target) {
    for (const step of this.form.querySelectorAll(".is-current")) step.classList.remove("is-current");
    (target.closest("[data-group], .field") ?? target.closest(".call-step"))?.classList.add("is-current");
    target.closest(".call-step")?.classList.add("is-current");
  }
}

const isButton = (element) => element.matches("button, [type=submit]");

/** An e-mail address is only asked of who wants mail. @param {HTMLElement} stop */
function isOpen(stop) {
  const wanted = stop.dataset.ifResponse;
  return !wanted || document.querySelector("[name=response_method]:checked")?.value === wanted;
}

/** @param {HTMLElement} stop */
function enterStop(stop) {
  const field = stop.matches("[data-group], [data-field]") ? (stop.querySelector(":checked") ?? stop.querySelector("input, textarea, select")) : stop;
  field?.focus();
  if (field instanceof HTMLInputElement && ["text", "tel", "email"].includes(field.type)) field.select();
}

/** @param {HTMLInputElement} field @param {string} value */
function type(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// The forms of the request page's actions, made quicker: only what a closing's reason asks for, a prepared text straight into the field, a preview that
// leaves chosen photos where they are, Ctrl + Enter to send, Escape to go back. Without this file each of them is a page of its own, or all fields at once.

export function startRequestForms() {
  for (const form of document.querySelectorAll(".desk--form form")) {
    startReasons(form);
    startTemplates(form);
    startPreview(form);
    startSending(form);
  }
  startEscape();
  startQueueLink();
}

/** @param {HTMLFormElement} form */
function startReasons(form) {
  const parts = [...form.querySelectorAll("[data-for-reason]")];
  if (!parts.length) return;
  const show = () => {
    const reason = chosenReason(form);
    for (const part of parts) part.hidden = part.dataset.forReason !== reason;
    for (const option of form.querySelectorAll("[data-templates] option[data-reason]")) option.hidden = Boolean(option.dataset.reason && reason && option.dataset.reason !== reason);
  };
  form.addEventListener("change", show);
  show();
}

const chosenReason = (form) => form.querySelector("[name=reason]:checked")?.value ?? "";

/** @param {HTMLFormElement} form */
function startTemplates(form) {
  const list = form.querySelector("[data-templates]");
  const words = form.elements.namedItem("words");
  if (!list || !(words instanceof HTMLTextAreaElement)) return;
  form.querySelector("[data-use-template]").hidden = true;
  list.addEventListener("change", () => {
    const chosen = list.selectedOptions[0];
    if (!chosen?.dataset.text) return;
    words.value = [words.value.trim(), chosen.dataset.text].filter(Boolean).join("\n\n");
    const reason = chosen.dataset.reason && form.querySelector(`[name=reason][value="${CSS.escape(chosen.dataset.reason)}"]`);
    if (reason && !chosenReason(form)) reason.click();
    list.value = "";
    for (const kind of ["input", "change"]) words.dispatchEvent(new Event(kind, { bubbles: true }));
    words.focus();
  });
}

/** @param {HTMLFormElement} form */
function startPreview(form) {
  const button = form.querySelector("[data-preview-button]");
  button?.addEventListener("click", async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    const photos = data.getAll("photos").filter((file) => file instanceof File && file.size).length;
    data.delete("photos");
    data.set("photo_count", String(photos));
    data.set("preview", "yes");
    button.setAttribute("aria-disabled", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, credentials: "same-origin" });
      put(new DOMParser().parseFromString(await answer.text(), "text/html"), form, answer.ok);
    } catch {
      form.requestSubmit(button); // no answer to a script: the page way says why
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
}

/** Put the preview, or what is wrong with the form, above it. @param {Document} page @param {HTMLFormElement} form @param {boolean} isFine */
function put(page, form, isFine) {
  for (const old of form.parentElement.querySelectorAll("[data-preview-shown], .error-summary, .notice--warning[data-focus-on-load]")) old.remove();
  const found = page.querySelector(isFine ? "[data-preview-shown]" : ".desk--form .error-summary, .desk--form [data-focus-on-load]");
  if (!found) return;
  const shown = document.importNode(found, true);
  form.before(shown);
  shown.focus();
}

/** @param {HTMLFormElement} form */
function startSending(form) {
  const hint = form.querySelector("[data-submit-hint]");
  if (hint) hint.hidden = false;
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-submit]"));
  });
  const first = form.querySelector("textarea, select, input:not([type=hidden])");
  if (first && !document.querySelector("[data-focus-on-load], [data-preview-shown]")) first.focus();
}

function startEscape() {
  const back = document.querySelector("a[data-escape]");
  if (!back) return;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], details[data-menu][open]")) return;
    back.click(); // what was typed is kept by the form's draft
  });
}

/** Back to the queue as it was left, with its filters. */
function startQueueLink() {
  const link = document.querySelector("a[data-queue-link]");
  if (!link || !document.referrer) return;
  const from = new URL(document.referrer);
  if (from.origin === location.origin && from.pathname === new URL(link.href).pathname) link.href = from.pathname + from.search;
}

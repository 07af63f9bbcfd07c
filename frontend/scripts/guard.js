// One click, one report: a form marked data-guard is sent once, until the page is shown again or the sending seems to have failed.

const PATIENCE_MS = 10_000;

export function startGuards() {
  for (const form of document.querySelectorAll("form[data-guard]")) guard(form);
}

/** @param {HTMLFormElement} form */
function guard(form) {
  /** @type {{button: HTMLButtonElement, words: Node[]} | null} */
  let pressed = null;
  let sending = false;
  const release = () => {
    sending = false;
    if (!pressed) return;
    pressed.button.removeAttribute("aria-disabled");
    pressed.button.replaceChildren(...pressed.words);
    pressed = null;
  };
  form.addEventListener("submit", (event) => {
    if (sending) {
      event.preventDefault();
      return;
    }
    if (event.defaultPrevented) return;
    sending = true;
    const button = event.submitter;
    if (button instanceof HTMLButtonElement) {
      pressed = { button, words: [...button.childNodes] };
      // aria-disabled, not disabled: a disabled button would lose the focus and its own name and value.
      button.setAttribute("aria-disabled", "true");
      if (form.dataset.busy) button.textContent = form.dataset.busy;
    }
    setTimeout(release, PATIENCE_MS);
  });
  addEventListener("pageshow", release);
}

// While a service's form is being typed into, its preview follows: the server makes it from the unsaved words with the portal's own templates.
// Without this the "Preview" button does the same. Answers that come out of order are dropped.
const QUIET_MS = 350;

export function startServicePreview() {
  const form = document.querySelector("form[data-live-preview]");
  const preview = document.getElementById("service-preview");
  if (!form || !preview) return;
  let timer = 0;
  let latest = 0;

  async function refresh() {
    const turn = ++latest;
    const body = new FormData(form);
    body.set("do", "preview");
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Preview": "1" }, credentials: "same-origin" });
    if (turn !== latest || !answer.ok || answer.redirected || answer.headers.get("X-Preview") !== "1") return;
    show(await answer.text());
  }

  function show(html) {
    const open = new Set([...preview.querySelectorAll("details[open]")].map((one) => one.dataset.language));
    preview.innerHTML = html;
    if (open.size) for (const one of preview.querySelectorAll("details")) one.open = open.has(one.dataset.language);
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => refresh().catch(() => {}), QUIET_MS);
  });
}

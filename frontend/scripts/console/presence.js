// Who else has this request open: the page says that it is open, and is told. Without a script nothing is said; what two people send is noticed anyway.

const ASK_MS = 30_000;

export function startPresence() {
  const place = document.querySelector("[data-presence]");
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  if (!place || !(token instanceof HTMLInputElement)) return;
  const ask = async () => {
    if (document.hidden) return; // nobody is looking
    try {
      const answer = await fetch(place.dataset.presence, { method: "POST", credentials: "same-origin", headers: { Accept: "application/json", "X-CSRFToken": token.value } });
      const words = answer.ok ? (await answer.json()).words : "";
      if (place.textContent !== words) place.textContent = words;
    } catch {
      // The next half minute tries again.
    }
  };
  setInterval(ask, ASK_MS);
  document.addEventListener("visibilitychange", ask);
  ask();
}

// Menus of the header are <details>: they work without this. With it, Escape and a click elsewhere close them, and only one is open.

export function startMenus() {
  const menus = [...document.querySelectorAll("details[data-menu]")];
  const closeOthers = (kept) => {
    for (const menu of menus) if (menu !== kept) menu.open = false;
  };
  document.addEventListener("click", (event) => closeOthers(event.target instanceof Element ? event.target.closest("details[data-menu]") : null));
  document.addEventListener("keydown", (event) => {
    const open = menus.find((menu) => menu.open);
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    if (open.contains(document.activeElement)) open.querySelector("summary")?.focus();
  });
}

// Narrows a list that is already in the page while one types. Every word must occur somewhere in the item or its group's name, accents aside.
import { counted } from "./words.js";

export function startFilterLists() {
  for (const box of document.querySelectorAll("input[data-filter-list]")) {
    const list = document.getElementById(box.dataset.filterList);
    if (list) attach(box, list);
  }
}

/** @param {string} text */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** @param {HTMLInputElement} box @param {HTMLElement} list */
function attach(box, list) {
  const status = document.querySelector(`[data-filter-status="${box.dataset.filterList}"]`);
  const groups = [...list.querySelectorAll("[data-filter-group]")];
  const openAtFirst = groups.map((group) => group.open);
  const items = [...list.querySelectorAll("[data-filter-item]")].map((element) => {
    const group = element.closest("[data-filter-group]");
    return { element, text: plain(`${element.textContent} ${element.dataset.keywords ?? ""} ${group?.querySelector("summary")?.textContent ?? ""}`) };
  });

  const narrow = () => {
    const words = plain(box.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const item of items) {
      const fits = words.every((word) => item.text.includes(word));
      item.element.hidden = !fits;
      found += Number(fits);
    }
    groups.forEach((group, index) => {
      group.hidden = !group.querySelector("[data-filter-item]:not([hidden])");
      group.open = words.length ? !group.hidden : openAtFirst[index] || Boolean(group.querySelector("input:checked"));
    });
    if (status) status.textContent = words.length ? counted(box.dataset, found) : "";
  };

  box.addEventListener("input", narrow);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && box.form?.method === "post") event.preventDefault(); // Enter in a search box must not send the report
    if (event.key === "Escape" && box.value) {
      box.value = "";
      narrow();
    }
  });
  if (box.value) narrow();
}

// Makes pages that already work more comfortable. Each part looks for its own mark in the page and leaves everything else alone;
// a part that fails must not take the others with it.
import { startComboboxes } from "./combobox.js";
import { startDrafts } from "./drafts.js";
import { startFilterLists } from "./filter_list.js";
import { startGuards } from "./guard.js";
import { startPhotoFields } from "./photos.js";
import { startPlaceForms } from "./place_form.js";

function focusWhatNeedsReading() {
  document.querySelector("[data-focus-on-load]")?.focus();
}

function openFiltersOnWideScreens() {
  if (!matchMedia("(min-width: 60em)").matches) return;
  for (const details of document.querySelectorAll("details[data-filters]")) details.open = true;
}

for (const start of [startDrafts, startGuards, startPlaceForms, startComboboxes, startFilterLists, startPhotoFields, openFiltersOnWideScreens, focusWhatNeedsReading]) {
  try {
    start();
  } catch (error) {
    console.error(error);
  }
}

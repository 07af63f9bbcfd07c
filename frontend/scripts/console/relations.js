// A place inside the form of an action: the form around it becomes a place form, so that box, pin and words are the same place.
import { startComboboxes } from "../combobox.js";
import { startPlaceForms } from "../place_form.js";

export function startRelations() {
  for (const fields of document.querySelectorAll("[data-place-fields]")) {
    const form = fields.closest("form");
    form.dataset.placeForm = "";
    form.dataset.describeUrl = fields.dataset.describeUrl;
  }
  startPlaceForms();
  startComboboxes();
  for (const box of document.querySelectorAll(".link-to-copy")) box.addEventListener("focus", () => box.select());
}

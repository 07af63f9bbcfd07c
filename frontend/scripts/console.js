// Makes the console's pages more comfortable. Each part looks for its own mark in the page and leaves everything else alone;
// a part that fails must not take the others with it.
import { startCalls } from "./console/calls.js";
import { startKeys } from "./console/keys.js";
import { startMenus } from "./console/menus.js";
import { startPresence } from "./console/presence.js";
import { startQueue } from "./console/queue.js";
import { startServicePreview } from "./console/service_preview.js";
import { startRelations } from "./console/relations.js";
import { startRequestForms } from "./console/request.js";
import { startDrafts } from "./drafts.js";
import { startFilterLists } from "./filter_list.js";
import { startGuards } from "./guard.js";
import { startPhotoFields } from "./photos.js";

function focusWhatNeedsReading() {
  document.querySelector("[data-focus-on-load]")?.focus();
}

for (const start of [startCalls, startKeys, startMenus, startQueue, startDrafts, startGuards, startFilterLists, startPhotoFields, startServicePreview, startRequestForms, startRelations, startPresence, focusWhatNeedsReading]) {
  try {
    start();
  } catch (error) {
    console.error(error);
  }
}

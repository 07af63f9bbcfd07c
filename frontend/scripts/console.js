// Makes the console's pages more comfortable. Each part looks for its own mark in the page and leaves everything else alone;
// a part that fails must not take the others with it.
import { startDrafts } from "./drafts.js";
import { startFilterLists } from "./filter_list.js";
import { startGuards } from "./guard.js";
import { startPhotoFields } from "./photos.js";

for (const start of [startDrafts, startGuards, startFilterLists, startPhotoFields]) {
  try {
    start();
  } catch (error) {
    console.error(error);
  }
}

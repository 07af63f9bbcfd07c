// The three maps of the portal. Each is an extra: the page says the same without it.
import { startLocators } from "./locator_map.js";
import { startPickers } from "./picker_map.js";
import { startRequestMaps } from "./requests_map.js";

for (const start of [startPickers, startRequestMaps, startLocators]) {
  try {
    start();
  } catch (error) {
    console.error(error);
  }
}

// Where one request is: a still map with a pin. It takes no keys and no wheel, so that it never catches somebody who is only passing.
import { marker } from "leaflet";
import { startBaseMap } from "./base_map.js";
import { pinIcon } from "./pin.js";

export function startLocators() {
  for (const frame of document.querySelectorAll("[data-map=locator]")) {
    const { map } = startBaseMap(frame, { keyboard: false, scrollWheelZoom: false, dragging: false, touchZoom: false, doubleClickZoom: false, boxZoom: false });
    const container = map.getContainer();
    container.setAttribute("role", "group");
    container.removeAttribute("tabindex");
    marker(map.getCenter(), { icon: pinIcon(), interactive: false, keyboard: false }).addTo(map);
  }
}

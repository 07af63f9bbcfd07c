// The pin is the product's own sign, drawn as a picture in the page: no image file, and it follows the colors.
import { divIcon } from "leaflet";

const MARK = '<svg viewBox="-1 -1 34 42" aria-hidden="true" focusable="false"><path class="brand__pin" d="M16 0C7.2 0 0 7 0 15.7 0 26.6 13.2 37.6 15 39.2a1.5 1.5 0 0 0 2 0C18.8 37.6 32 26.6 32 15.7 32 7 24.8 0 16 0Z"/><path class="brand__bars" d="M9.5 12.5h13M9.5 19h13"/></svg>';

export const pinIcon = () => divIcon({ className: "pin", html: MARK, iconSize: [40, 50], iconAnchor: [20, 48] });

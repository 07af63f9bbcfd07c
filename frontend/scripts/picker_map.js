// Setting a place by pin: tap the map, drag the pin, or move it with the arrow keys. The form decides what the place means.
import { DomEvent, marker } from "leaflet";
import { startBaseMap } from "./base_map.js";
import { pinIcon } from "./pin.js";
import { PLACE_EVENT, PLACE_SET_EVENT } from "./place_form.js";
import { fill } from "./words.js";

const STEP_PX = 4;
const LARGE_STEP_PX = 40;
const CLOSE_ZOOM = 17;
const PAUSE_MS = 450; // a run of arrow keys is one move
const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export function startPickers() {
  for (const frame of document.querySelectorAll("[data-map=picker]")) new Picker(frame);
}

class Picker {
  constructor(frame) {
    this.frame = frame;
    this.form = frame.closest("form");
    const { map, status } = startBaseMap(frame);
    Object.assign(this, { map, status, pin: null, timer: 0 });
    map.on("click", ({ latlng }) => this.announce(latlng));
    frame.querySelector("[data-place-here]").addEventListener("click", () => {
      this.announce(map.getCenter());
      this.pin?.getElement()?.focus();
    });
    this.form.addEventListener(PLACE_SET_EVENT, ({ detail }) => (detail ? this.show(detail) : this.remove()));
    const [lat, long] = ["lat", "long"].map((name) => this.form.elements.namedItem(name)?.value);
    if (lat && long) this.show({ lat: Number(lat), long: Number(long), source: "page" });
  }

  announce({ lat, lng }) {
    this.status.textContent = fill(this.frame.dataset.moved, { lat: lat.toFixed(5), long: lng.toFixed(5) });
    this.form.dispatchEvent(new CustomEvent(PLACE_EVENT, { detail: { lat, long: lng, source: "pin" } }));
  }

  show({ lat, long, source }) {
    const place = [lat, long];
    if (!Number.isFinite(lat) || !Number.isFinite(long)) return;
    if (this.pin) this.pin.setLatLng(place);
    else this.pin = this.create(place);
    if (source !== "pin") this.map.setView(place, Math.max(CLOSE_ZOOM, this.map.getZoom()));
    else if (!this.map.getBounds().pad(-0.1).contains(place)) this.map.panTo(place);
  }

  create(place) {
    const label = this.frame.dataset.pinLabel;
    const pin = marker(place, { icon: pinIcon(), draggable: true, autoPan: true, keyboard: true, title: label, alt: label }).addTo(this.map);
    pin.on("dragend", () => this.announce(pin.getLatLng()));
    const element = pin.getElement();
    element.setAttribute("aria-label", label);
    DomEvent.on(element, "keydown", (event) => this.key(event));
    return pin;
  }

  key(event) {
    const step = STEPS[event.key];
    if (!step) return;
    DomEvent.stop(event); // the arrow keys would move the map as well
    const length = event.shiftKey ? LARGE_STEP_PX : STEP_PX;
    const point = this.map.latLngToLayerPoint(this.pin.getLatLng()).add([step[0] * length, step[1] * length]);
    this.pin.setLatLng(this.map.layerPointToLatLng(point));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.announce(this.pin.getLatLng()), PAUSE_MS);
  }

  remove() {
    this.pin?.remove();
    this.pin = null;
  }
}

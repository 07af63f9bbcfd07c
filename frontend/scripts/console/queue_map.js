// The map beside the queue: the same filters, drawn as points or as counted cells. The row under the cursor has a ring; a point leads to its request.
import { popup } from "leaflet";
import { startBaseMap } from "../base_map.js";
import { CanvasOverlay } from "../canvas_overlay.js";
import { cellRadius, drawCell, drawSign } from "../state_signs.js";
import { fill } from "../words.js";

const SHUT = "queue:map-shut";
const WIDE = "(min-width: 70em)";
const REACH_PX = 12;
const CELL_PX = 72;
const IN_POPUP = 5;
const PLACES_IN_LIST = ["after", "before"];

export function startQueueMap() {
  const place = document.querySelector("[data-queue-map]");
  const toggle = place?.querySelector("[data-queue-map-toggle]");
  const frame = place?.querySelector("[data-map=queue]");
  if (!toggle || !frame) return;
  let map = null;
  const show = (isOpen) => {
    frame.hidden = !isOpen;
    place.toggleAttribute("data-open", isOpen);
    place.parentElement.toggleAttribute("data-with-map", isOpen);
    toggle.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) map ? map.map.invalidateSize() : (map = new QueueMap(frame));
  };
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    localStorage.setItem(SHUT, frame.hidden ? "" : "yes");
    show(frame.hidden);
  });
  show(matchMedia(WIDE).matches && localStorage.getItem(SHUT) !== "yes");
}

class QueueMap {
  constructor(frame) {
    this.data = frame.dataset;
    this.lang = document.documentElement.lang;
    this.answer = { kind: "points", points: [], cells: [] };
    this.row = null;
    this.base = startBaseMap(frame, { zoomSnap: 0.5 }); // a narrow frame: whole steps would leave half of it empty
    this.map = this.base.map;
    this.fit();
    this.marks = new CanvasOverlay((context, view) => this.draw(context, view), "marks").addTo(this.map);
    this.map.on("moveend", () => this.load());
    this.map.on("click", (event) => this.clicked(event.containerPoint));
    this.map.on("mousemove", (event) => (this.map.getContainer().style.cursor = this.hit(event.containerPoint).length ? "pointer" : ""));
    this.map.on("colorschange", () => this.marks.redraw());
    document.addEventListener("queue:row", (event) => this.ring(event.detail.at));
    this.load();
  }

  /** Where the rows of this page are; without any, the whole city. */
  fit() {
    const places = [...document.querySelectorAll("tr[data-at]")].map((row) => row.dataset.at.split(",").map(Number));
    const [west, south, east, north] = (this.data.bounds ?? "").split(",").map(Number);
    const box = places.length ? places : [[south, west], [north, east]];
    if (box.flat().every(Number.isFinite)) this.map.fitBounds(box, { animate: false, maxZoom: 16, padding: [16, 16] });
  }

  ring(at) {
    this.row = at ? at.split(",").map(Number) : null;
    if (this.row && !this.map.getBounds().contains(this.row)) this.map.panTo(this.row, { animate: false });
    this.marks.redraw();
  }

  async load() {
    this.request?.abort();
    const request = (this.request = new AbortController());
    const url = new URL(this.data.requestsUrl, location.href);
    for (const [name, value] of new URLSearchParams(location.search)) if (!PLACES_IN_LIST.includes(name)) url.searchParams.append(name, value);
    const bounds = this.map.getBounds();
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    url.searchParams.set("bbox", box.map((degree) => degree.toFixed(5)).join(","));
    url.searchParams.set("zoom", String(Math.round(this.map.getZoom())));
    try {
      const response = await fetch(url, { signal: request.signal, headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      this.answer = await response.json();
      this.marks.redraw();
      this.say(this.answer.words);
    } catch (error) {
      if (error.name !== "AbortError") this.say(this.data.failed);
    }
  }

  draw(context, view) {
    const { colors } = this.base;
    if (this.answer.kind === "points") for (const [lat, long, , state] of this.answer.points) drawSign(context, view.point([lat, long]), state, colors);
    else for (const cell of this.answer.cells) drawCell(context, view.point([cell[0], cell[1]]), this.radius(cell), cell[2], cell[3], colors, this.lang);
    if (!this.row) return;
    const at = view.point(this.row);
    for (const [width, color] of [[6, colors.surface], [3, colors.ink]]) {
      context.beginPath();
      context.arc(at.x, at.y, 15, 0, 2 * Math.PI);
      context.lineWidth = width;
      context.strokeStyle = color;
      context.stroke();
    }
  }

  radius([, , open, closed]) {
    this.largest = this.answer.cells.reduce((most, cell) => Math.max(most, cell[2] + cell[3]), 1);
    return cellRadius(open + closed, this.largest, CELL_PX);
  }

  /** What lies under a point of the screen, nearest first. */
  hit(at) {
    const isCells = this.answer.kind === "cells";
    return (isCells ? this.answer.cells : this.answer.points)
      .map((thing) => ({ thing, distance: this.map.latLngToContainerPoint([thing[0], thing[1]]).distanceTo(at) }))
      .filter(({ thing, distance }) => distance <= (isCells ? this.radius(thing) : REACH_PX))
      .sort((a, b) => a.distance - b.distance)
      .map(({ thing }) => thing);
  }

  clicked(at) {
    const found = this.hit(at);
    if (!found.length) return;
    const place = [found[0][0], found[0][1]];
    if (this.answer.kind === "cells") return void this.map.setView(place, this.map.getZoom() + 2);
    const box = document.createElement("div");
    box.append(...found.slice(0, IN_POPUP).map((point) => this.entry(point)));
    if (found.length > IN_POPUP) box.append(fill(this.data.others, { n: found.length - IN_POPUP }));
    const opened = popup({ offset: [0, -4], maxWidth: 260 }).setLatLng(place).setContent(box).openOn(this.map);
    opened.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", this.data.close ?? "");
  }

  /** One request in words: its service as a link, and its number. */
  entry([, , reference, , service, number]) {
    const entry = document.createElement("p");
    entry.className = "popup__entry";
    const link = document.createElement("a");
    link.className = "popup__title";
    link.textContent = service || number;
    link.href = this.data.requestUrl.replace("REFERENCE", encodeURIComponent(reference));
    link.dataset.queuePoint = reference;
    const line = document.createElement("span");
    line.className = "reference muted";
    line.textContent = number;
    entry.append(link, line);
    return entry;
  }

  say(words) {
    if (this.base.status) this.base.status.textContent = words ?? "";
  }
}

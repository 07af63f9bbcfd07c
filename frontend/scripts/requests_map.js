// The map of requests: cells while one is far, single requests when one is close. What is in view is also a list, and a view has an address.
import { popup } from "leaflet";
import { startBaseMap } from "./base_map.js";
import { CanvasOverlay } from "./canvas_overlay.js";
import { blocksOf } from "./cell_blocks.js";
import { cellRadius, drawCell, drawSign, signRadius } from "./state_signs.js";
import { counted, fill } from "./words.js";

const FILTERS = ["service", "state", "area", "from", "to"];
const LISTED = 100;
const REACH_PX = 12;
const CLOSE_ZOOM = 17; // from here on streets are wide apart, and signs larger
const IN_POPUP = 5;

export function startRequestMaps() {
  for (const frame of document.querySelectorAll("[data-map=requests]")) new RequestsMap(frame);
}

class RequestsMap {
  constructor(frame) {
    this.frame = frame;
    this.data = frame.dataset;
    this.lang = document.documentElement.lang;
    this.answer = null;
    this.request = null;
    this.signs = signsFromLegend();
    this.list = document.querySelector("[data-map-list]");
    this.listTitle = document.querySelector("[data-map-list-title]");
    this.base = startBaseMap(frame);
    this.map = this.base.map;
    this.status = this.base.status;
    this.goToAddress() || this.fitBounds();
    this.base.marks = (view) => this.boxes(view);
    this.marks = new CanvasOverlay((context, view) => this.draw(context, view), "marks").addTo(this.map);
    this.map.on("moveend", () => this.moved());
    this.map.on("click", (event) => this.clicked(event.containerPoint));
    this.map.on("mousemove", (event) => (this.map.getContainer().style.cursor = this.hit(event.containerPoint).length ? "pointer" : ""));
    this.map.on("colorschange", () => this.marks.redraw());
    addEventListener("hashchange", () => this.goToAddress());
    addEventListener("online", () => this.load());
    this.load();
  }

  goToAddress() {
    const [zoom, lat, long] = location.hash.slice(1).split("/").map(Number);
    if (![zoom, lat, long].every(Number.isFinite) || !zoom) return false;
    const now = this.map.getCenter();
    if (this.map.getZoom() !== zoom || Math.abs(now.lat - lat) > 1e-5 || Math.abs(now.lng - long) > 1e-5) this.map.setView([lat, long], zoom, { animate: false });
    return true;
  }

  fitBounds() {
    const [west, south, east, north] = (this.data.bounds ?? "").split(",").map(Number);
    if (Number.isFinite(north)) this.map.fitBounds([[south, west], [north, east]], { animate: false });
  }

  moved() {
    const { lat, lng } = this.map.getCenter();
    history.replaceState(null, "", `#${this.map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`);
    this.load();
  }

  address() {
    const url = new URL(this.data.requestsUrl, location.href);
    const page = new URLSearchParams(location.search);
    for (const name of FILTERS) for (const value of page.getAll(name)) if (value) url.searchParams.append(name, value);
    const bounds = this.map.getBounds();
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    url.searchParams.set("bbox", box.map((degree) => degree.toFixed(5)).join(","));
    url.searchParams.set("zoom", String(this.map.getZoom()));
    return url;
  }

  async load() {
    this.request?.abort();
    const request = (this.request = new AbortController());
    const slow = setTimeout(() => this.say(this.data.loading), 700);
    try {
      const response = await fetch(this.address(), { signal: request.signal, headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      this.answer = await response.json();
      this.blocks = this.answer.kind === "cells" ? blocksOf(this.answer, this.map) : { cells: [], px: 0 };
      this.marks.redraw();
      this.base.labels.redraw();
      this.tell();
    } catch (error) {
      if (error.name !== "AbortError") this.say(this.data.failed);
    } finally {
      clearTimeout(slow);
    }
  }

  draw(context, view) {
    if (!this.answer) return;
    const colors = this.base.colors;
    if (this.answer.kind === "points") {
      // open ones last, on top
      const ordered = [...this.answer.points].sort((a, b) => signRadius(a[3]) - signRadius(b[3]));
      for (const [lat, long, , state] of ordered) drawSign(context, view.point([lat, long]), state, colors, view.zoom >= CLOSE_ZOOM ? 1.35 : 1);
      return;
    }
    const radius = this.cellRadii();
    for (const cell of this.smallestLast()) drawCell(context, view.point([cell[0], cell[1]]), radius(cell), cell[2], cell[3], colors, this.lang);
  }

  /** Where circles are drawn over the ground's names: a name half covered tells nothing. */
  boxes(view) {
    if (this.answer?.kind !== "cells") return [];
    const radius = this.cellRadii();
    return this.blocks.cells.map((cell) => {
      const [{ x, y }, reach] = [view.point([cell[0], cell[1]]), radius(cell) * 0.9];
      return { left: x - reach, right: x + reach, top: y - reach, bottom: y + reach };
    });
  }

  /** The radius of each cell's circle on the screen as it is now. */
  cellRadii() {
    const { cells, px } = this.blocks;
    const largest = cells.reduce((most, [, , open, closed]) => Math.max(most, open + closed), 1);
    return ([, , open, closed]) => cellRadius(open + closed, largest, px);
  }

  smallestLast() {
    return [...this.blocks.cells].sort((a, b) => b[2] + b[3] - a[2] - a[3]);
  }

  /** What lies under a point of the screen, nearest first. */
  hit(at) {
    if (!this.answer) return [];
    const cells = this.answer.kind === "cells";
    const radius = cells ? this.cellRadii() : () => REACH_PX;
    return (cells ? this.blocks.cells : this.answer.points)
      .map((thing) => ({ thing, distance: this.map.latLngToContainerPoint([thing[0], thing[1]]).distanceTo(at) }))
      .filter(({ thing, distance }) => distance <= radius(thing))
      .sort((a, b) => a.distance - b.distance)
      .map(({ thing }) => thing);
  }

  clicked(at) {
    const found = this.hit(at);
    if (!found.length) return;
    const place = [found[0][0], found[0][1]];
    if (this.answer.kind === "cells") {
      this.map.setView(place, this.map.getZoom() + 2);
      return;
    }
    const box = document.createElement("div");
    box.append(...found.slice(0, IN_POPUP).map((point) => this.entry("p", point)));
    if (found.length > IN_POPUP) box.append(element("p", fill(this.data.others, { n: found.length - IN_POPUP })));
    const opened = popup({ offset: [0, -4], maxWidth: 280 }).setLatLng(place).setContent(box).openOn(this.map);
    opened.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", this.data.close ?? "");
  }

  /** One request in words: its service as a link, its state with its sign, its number. */
  entry(tag, [, , reference, state, service]) {
    const entry = element(tag, "", "popup__entry");
    const link = element("a", this.answer.services[service] ?? reference, "popup__title");
    link.href = this.data.requestUrl.replace("REFERENCE", encodeURIComponent(reference));
    const line = element("span", "", "popup__state");
    const badge = this.signs.get(state)?.cloneNode(true);
    if (badge) line.append(badge);
    line.append(element("span", spoken(reference), "reference muted"));
    entry.append(link, line);
    return entry;
  }

  tell() {
    const { kind, points, cells, more } = this.answer;
    const single = kind === "points";
    this.list.hidden = this.listTitle.hidden = !single || points.length === 0;
    this.list.replaceChildren(...(single ? points.slice(0, LISTED).map((point) => this.entry("li", point)) : []));
    if (single && more) this.say(fill(this.data.pointsMore, { n: this.number(points.length) }));
    else if (single) this.say(counted({ none: this.data.cellsNone, one: this.data.pointsOne, many: this.data.pointsMany }, points.length));
    else this.say(this.cellWords(cells));
  }

  cellWords(cells) {
    const [open, closed] = cells.reduce(([o, c], cell) => [o + cell[2], c + cell[3]], [0, 0]);
    return open + closed === 0 ? this.data.cellsNone : fill(this.data.cells, { open: this.number(open), closed: this.number(closed) });
  }

  number(n) {
    return n.toLocaleString(this.lang);
  }

  say(words) {
    if (this.status) this.status.textContent = words ?? "";
  }
}

/** The legend's badges serve as the words and signs of states: nothing is written twice. */
function signsFromLegend() {
  return new Map([...document.querySelectorAll(".legend [data-state]")].map((item) => [item.dataset.state, item.firstElementChild]));
}

/** Our own numbers as they are read out: 123-456-789. */
const spoken = (reference) => (/^\d{9}$/.test(reference) ? reference.replace(/(\d{3})(?=\d)/g, "$1-") : reference);

function element(tag, words, className) {
  const made = document.createElement(tag);
  if (words) made.textContent = words;
  if (className) made.className = className;
  return made;
}

// The ground: water around, the city's areas, parks, streets when one is close, and names. Built from the city's own layers; no tile server.
import { canvas, control, geoJSON, map as createMap } from "leaflet";
import { CanvasOverlay } from "./canvas_overlay.js";
import { mapColors, onColorsChanged } from "./map_colors.js";
import { drawLabels } from "./map_labels.js";
import { Streets } from "./streets.js";

const PANES = { land: 200, grounds: 210, borders: 215, minor: 220, major: 230, labels: 260, marks: 270 };

/** @param {HTMLElement} frame @param {import("leaflet").MapOptions} options */
export function startBaseMap(frame, options = {}) {
  const data = frame.dataset;
  frame.hidden = false;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = createMap(frame.querySelector("[data-map-canvas]"), {
    zoomControl: false,
    attributionControl: false,
    preferCanvas: true,
    minZoom: 9,
    maxZoom: 19,
    zoomAnimation: !calm,
    fadeAnimation: !calm,
    inertia: !calm,
    ...options,
  });
  const container = map.getContainer();
  container.setAttribute("role", "application");
  container.setAttribute("aria-label", data.label ?? "");
  map.setView([Number(data.lat), Number(data.long)], Number(data.zoom));
  control.zoom({ zoomInTitle: data.zoomIn, zoomOutTitle: data.zoomOut, position: "topright" }).addTo(map);
  for (const [name, zIndex] of Object.entries(PANES)) {
    const pane = map.createPane(name);
    pane.style.zIndex = String(zIndex);
    pane.style.pointerEvents = "none";
  }
  return new BaseMap(map, data, frame);
}

class BaseMap {
  constructor(map, data, frame) {
    Object.assign(this, { map, data, colors: mapColors(), layers: [], areas: [], marks: () => [] });
    this.status = frame.querySelector("[data-map-status]") ?? document.querySelector("[data-map-status]");
    this.streets = data.streetsUrl ? new Streets(map, data.streetsUrl, () => this.labels.redraw(), () => this.failed()) : null;
    this.labels = new CanvasOverlay((context, view) => drawLabels(context, view, map, this.areas, this.streets, this.colors, this.marks(view)), "labels").addTo(map);
    this.streets?.paint(this.colors);
    this.addGround(data.areasUrl, "land", () => ({ fillColor: this.colors.land, fillOpacity: 1, stroke: false }), (collection) => this.addBorders(collection));
    this.addGround(data.groundsUrl, "grounds", ({ properties }) => ({ fillColor: this.colors[properties.kind === "water" ? "water" : "park"], fillOpacity: 1, stroke: false }));
    onColorsChanged(() => this.repaint());
  }

  async addGround(url, pane, style, then) {
    if (!url) return;
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(String(response.status));
      const collection = await response.json();
      this.addLayer(collection, pane, style);
      then?.(collection);
    } catch {
      this.failed();
    }
  }

  addLayer(collection, pane, style) {
    this.layers.push(geoJSON(collection, { pane, interactive: false, renderer: canvas({ pane, padding: 0.3 }), style }).addTo(this.map));
  }

  addBorders(collection) {
    this.addLayer(collection, "borders", () => ({ fill: false, color: this.colors.edge, weight: 1.2, dashArray: "1 4", lineCap: "round" }));
    this.areas = collection.features.map((feature) => ({ name: feature.properties.name, bounds: geoJSON(feature).getBounds() }));
    this.labels.redraw();
  }

  repaint() {
    this.colors = mapColors();
    for (const layer of this.layers) layer.setStyle(layer.options.style);
    this.streets?.paint(this.colors);
    this.labels.redraw();
    this.map.fire("colorschange");
  }

  failed() {
    if (this.status && !this.status.textContent) this.status.textContent = this.data.mapFailed ?? "";
  }
}

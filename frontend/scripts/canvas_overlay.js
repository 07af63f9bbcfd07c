// One canvas over the map that redraws itself after each move. A thousand things drawn here cost less than ten things in the document.
import { DomUtil, Layer } from "leaflet";

const MARGIN = 0.15; // of the view, on each side, so that a short pan shows no empty edge

export const CanvasOverlay = Layer.extend({
  /** @param {(context: CanvasRenderingContext2D, view: {x: (p: [number, number]) => {x: number, y: number}, width: number, height: number, zoom: number}) => void} draw */
  initialize(draw, pane) {
    this.draw = draw;
    this.options = { pane };
  },
  onAdd() {
    this.canvas = DomUtil.create("canvas", "map-overlay leaflet-zoom-hide", this.getPane());
    this.redraw();
  },
  onRemove() {
    this.canvas.remove();
  },
  getEvents() {
    return { moveend: this.redraw, zoomend: this.redraw, resize: this.redraw };
  },
  redraw() {
    const map = this._map;
    if (!map) return;
    const size = map.getSize();
    const corner = map.containerPointToLayerPoint(size.multiplyBy(-MARGIN)).round();
    const width = Math.round(size.x * (1 + 2 * MARGIN));
    const height = Math.round(size.y * (1 + 2 * MARGIN));
    const density = Math.min(2, devicePixelRatio || 1);
    this.canvas.width = width * density;
    this.canvas.height = height * density;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    DomUtil.setPosition(this.canvas, corner);
    const context = this.canvas.getContext("2d");
    context.scale(density, density);
    this.draw(context, { point: (place) => map.latLngToLayerPoint(place).subtract(corner), width, height, zoom: map.getZoom() });
  },
});

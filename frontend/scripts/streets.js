// Streets come as tiles at zoom 14 and are drawn as four lines in all: casing and body of minor and major streets. A line a street costs
// 3 s a frame in a city; four merged ones 55 ms.
import { canvas, polyline } from "leaflet";

const TILE_ZOOM = 14;
const FROM_ZOOM = { major: 13, minor: 15 };
const MOST_TILES = 40; // asked for one view: a wide screen at zoom 13 is left without streets rather than flooded
const KEPT_TILES = 150;

export class Streets {
  constructor(map, url, onLoaded, onFailed) {
    Object.assign(this, { map, url, onLoaded, onFailed, tiles: new Map(), shown: "", colors: null });
    this.lines = {};
    for (const kind of ["minor", "major"]) {
      const renderer = canvas({ pane: kind, padding: 0.3 });
      const line = (className) => polyline([], { pane: kind, renderer, interactive: false, lineCap: "round", lineJoin: "round", smoothFactor: 1.2, className }).addTo(map);
      this.lines[kind] = { casing: line(), body: line() };
    }
    map.on("moveend zoomend resize", () => this.update());
    this.update();
  }

  /** Lines in view, for labels. */
  inView() {
    return this.keys().flatMap((key) => this.tiles.get(key)?.lines ?? []);
  }

  keys() {
    if (this.map.getZoom() < FROM_ZOOM.major) return [];
    const bounds = this.map.getBounds().pad(0.1);
    const from = tileAt(bounds.getNorth(), bounds.getWest());
    const to = tileAt(bounds.getSouth(), bounds.getEast());
    const keys = [];
    for (let x = from.x; x <= to.x; x++) for (let y = from.y; y <= to.y; y++) keys.push(`${x}/${y}`);
    return keys.length > MOST_TILES ? [] : keys;
  }

  update() {
    const keys = this.keys();
    for (const key of keys) if (!this.tiles.has(key)) this.load(key);
    this.draw(keys);
    this.forget(keys);
  }

  async load(key) {
    const tile = { lines: [], loaded: false };
    this.tiles.set(key, tile);
    const [x, y] = key.split("/");
    try {
      const response = await fetch(this.url.replace("{x}", x).replace("{y}", y));
      if (!response.ok && response.status !== 404) throw new Error(String(response.status));
      tile.lines = response.ok ? ((await response.json()).lines ?? []) : [];
      tile.loaded = true;
      this.soon();
    } catch {
      this.tiles.delete(key);
      this.onFailed();
    }
  }

  /** Tiles arrive in bursts: draw once for those that came together. */
  soon() {
    if (this.waiting) return;
    this.waiting = setTimeout(() => {
      this.waiting = 0;
      this.draw(this.keys());
      this.onLoaded();
    }, 60);
  }

  draw(keys) {
    const zoom = this.map.getZoom();
    const showMinor = zoom >= FROM_ZOOM.minor;
    const ready = keys.filter((key) => this.tiles.get(key)?.loaded);
    const shown = `${showMinor} ${ready.join(" ")}`;
    if (shown !== this.shown) {
      this.shown = shown;
      const lines = ready.flatMap((key) => this.tiles.get(key).lines);
      for (const kind of ["minor", "major"]) {
        const paths = kind === "minor" && !showMinor ? [] : lines.filter((line) => line.class === kind).flatMap((line) => line.paths);
        this.lines[kind].casing.setLatLngs(paths);
        this.lines[kind].body.setLatLngs(paths);
      }
    }
    this.paint(this.colors);
  }

  paint(colors) {
    if (!colors) return;
    this.colors = colors;
    const scale = 1.55 ** (this.map.getZoom() - 16);
    const widths = { minor: Math.max(1.2, 5 * scale), major: Math.max(1.8, 8.5 * scale) };
    for (const [kind, lines] of Object.entries(this.lines)) {
      const name = kind === "major" ? "major" : "street";
      lines.casing.setStyle({ color: colors[`${name}-casing`], weight: widths[kind] + 2, opacity: 1 });
      lines.body.setStyle({ color: colors[name], weight: widths[kind], opacity: 1 });
    }
  }

  forget(keys) {
    const wanted = new Set(keys);
    for (const key of this.tiles.keys()) {
      if (this.tiles.size <= KEPT_TILES) return;
      if (!wanted.has(key)) this.tiles.delete(key);
    }
  }
}

function tileAt(lat, long) {
  const n = 2 ** TILE_ZOOM;
  const angle = (lat * Math.PI) / 180;
  return { x: Math.floor(((long + 180) / 360) * n), y: Math.floor(((1 - Math.asinh(Math.tan(angle)) / Math.PI) / 2) * n) };
}

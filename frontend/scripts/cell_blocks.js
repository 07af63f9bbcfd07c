// The server’s cells, put together until their circles can be told apart and touched.

const LEAST_PX = 48;
const TILE_PX = 256;
const LEAN = 0.5; // how far a circle leans from its block's middle to where its requests are

/** @param {{level: number, cells: number[][]}} answer @param {import("leaflet").Map} map @returns {{cells: number[][], px: number}} [lat, long, open, closed] and the width of a block */
export function blocksOf({ level, cells }, map) {
  const cellPx = TILE_PX * 2 ** (map.getZoom() - level);
  const wide = cellPx >= LEAST_PX ? 1 : 2 ** Math.ceil(Math.log2(LEAST_PX / cellPx));
  if (wide === 1) return { cells, px: cellPx };
  const blocks = new Map();
  for (const [lat, long, open, closed] of cells) {
    const { x, y } = map.project([lat, long], level).divideBy(TILE_PX * wide);
    const key = `${Math.floor(x)},${Math.floor(y)}`;
    const block = blocks.get(key) ?? { x: Math.floor(x) + 0.5, y: Math.floor(y) + 0.5, sumX: 0, sumY: 0, open: 0, closed: 0 };
    block.sumX += x * (open + closed);
    block.sumY += y * (open + closed);
    block.open += open;
    block.closed += closed;
    blocks.set(key, block);
  }
  return { cells: [...blocks.values()].map((block) => placed(block, level, TILE_PX * wide, map)), px: cellPx * wide };
}

function placed({ x, y, sumX, sumY, open, closed }, level, scale, map) {
  const total = Math.max(1, open + closed);
  const lean = (middle, sum) => (middle + (sum / total - middle) * LEAN) * scale;
  const { lat, lng } = map.unproject([lean(x, sumX), lean(y, sumY)], level);
  return [lat, lng, open, closed];
}

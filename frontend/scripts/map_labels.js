// Names on the map: areas while one is far, streets when one is close. A name is drawn where it fits and nothing is drawn over it.

const STREETS_FROM = 16;
const AREAS_UNTIL = 15;

const NUDGES = [0, -9, 9, -17, 17, -25, 25]; // px up or down, to pass between what is drawn over the names

export function drawLabels(context, view, map, areas, streets, colors, marks = []) {
  const taken = marks.map((box) => ({ ...box }));
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  if (view.zoom <= AREAS_UNTIL) drawAreas(context, view, areas, colors, taken);
  if (streets && view.zoom >= STREETS_FROM - 1) drawStreets(context, view, streets.inView(), colors, taken);
}

function drawAreas(context, view, areas, colors, taken) {
  context.font = `600 13px ${colors.font}`;
  for (const { name, bounds } of areas) {
    const at = view.point(bounds.getCenter());
    const east = view.point(bounds.getNorthEast());
    const west = view.point(bounds.getSouthWest());
    const width = context.measureText(name).width;
    if (width > (east.x - west.x) * 1.1 || !inside(at, view)) continue;
    const free = NUDGES.map((up) => ({ x: at.x, y: at.y + up })).find((place) => claim(taken, place, width, 15));
    if (free) write(context, name, free, 0, colors);
  }
}

function drawStreets(context, view, lines, colors, taken) {
  const close = view.zoom >= STREETS_FROM;
  const best = new Map();
  for (const line of lines) {
    if (!line.name || (!close && line.class !== "major")) continue;
    const segment = longestSegment(line.paths, view);
    const known = best.get(line.name);
    if (segment && (!known || segment.length > known.length)) best.set(line.name, { ...segment, major: line.class === "major" });
  }
  const ordered = [...best.entries()].sort(([, a], [, b]) => Number(b.major) - Number(a.major) || b.length - a.length);
  for (const [name, segment] of ordered) {
    context.font = `${segment.major ? 600 : 500} ${segment.major ? 12.5 : 11.5}px ${colors.font}`;
    const width = context.measureText(name).width;
    if (width > segment.length * 1.25 + 20) continue;
    const spread = Math.abs(Math.cos(segment.angle)) * width + 14;
    const rise = Math.abs(Math.sin(segment.angle)) * width + 14;
    if (claim(taken, segment.at, spread, rise)) write(context, name, segment.at, segment.angle, colors);
  }
}

/** The longest nearly straight run of a street within the view. */
function longestSegment(paths, view) {
  let best = null;
  for (const path of paths) {
    const points = path.map((place) => view.point(place));
    for (let start = 0; start < points.length - 1; ) {
      let end = start + 1;
      while (end + 1 < points.length && isStraight(points[start], points[end], points[end + 1])) end++;
      const [a, b] = [points[start], points[end]];
      const at = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
      const length = Math.hypot(b.x - a.x, b.y - a.y);
      if ((!best || length > best.length) && inside(at, view)) best = { at, length, angle: upright(Math.atan2(b.y - a.y, b.x - a.x)) };
      start = end;
    }
  }
  return best;
}

function isStraight(a, b, c) {
  const turn = Math.abs(Math.atan2(c.y - b.y, c.x - b.x) - Math.atan2(b.y - a.y, b.x - a.x));
  return Math.min(turn, 2 * Math.PI - turn) < 0.2;
}

const upright = (angle) => (angle > Math.PI / 2 ? angle - Math.PI : angle < -Math.PI / 2 ? angle + Math.PI : angle);

const inside = (at, view) => at.x > 0 && at.y > 0 && at.x < view.width && at.y < view.height;

function claim(taken, at, width, height) {
  const box = { left: at.x - width / 2 - 4, right: at.x + width / 2 + 4, top: at.y - height / 2, bottom: at.y + height / 2 };
  if (taken.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top)) return false;
  taken.push(box);
  return true;
}

function write(context, words, at, angle, colors) {
  context.save();
  context.translate(at.x, at.y);
  context.rotate(angle);
  context.lineWidth = 3.5;
  context.strokeStyle = colors.halo;
  context.fillStyle = colors.text;
  context.strokeText(words, 0, 0);
  context.fillText(words, 0, 0);
  context.restore();
}

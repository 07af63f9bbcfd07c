// The map's colors are the style sheet's own, so that dark mode and the legend always agree with what is drawn.

const NAMES = ["water", "outside", "land", "park", "edge", "street", "street-casing", "major", "major-casing", "text", "halo"];
// A sign stands for a family of states and closing reasons.
const SIGNS = ["received", "acknowledged", "assigned", "in_progress", "scheduled", "waiting", "reopen_requested", "fixed", "not_fixed", "closed"];
const SIGN_OF = { open: "received", waiting_for_reporter: "waiting", done_reported: "in_progress", fixed_as_stated: "fixed", unable: "not_fixed", not_ours: "not_fixed", invalid: "not_fixed" };

/** @param {string} state a state, or the closing reason of a closed request */
export const signOf = (state) => SIGN_OF[state] ?? (SIGNS.includes(state) ? state : "closed");

export function mapColors() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    ...Object.fromEntries(NAMES.map((name) => [name, read(`--map-${name}`)])),
    states: Object.fromEntries(SIGNS.map((sign) => [sign, read(`--s-${sign}`)])),
    surface: read("--surface"),
    ink: read("--ink"),
    brand: read("--brand"),
    onBrand: read("--on-brand"),
    font: getComputedStyle(document.body).fontFamily,
  };
}

/** @param {() => void} redraw */
export function onColorsChanged(redraw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

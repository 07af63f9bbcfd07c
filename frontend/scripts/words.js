// Scripts hold no words: an element carries them as data, and {name} in them is filled here.

/** @param {string | undefined} text @param {Record<string, string | number>} values */
export function fill(text, values) {
  return (text ?? "").replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Words for a number of things: data-none, data-one or data-many. @param {DOMStringMap} data @param {number} n */
export function counted(data, n) {
  if (n === 0 && data.none !== undefined) return data.none;
  if (n === 1) return data.one ?? "";
  return fill(data.many, { n: n.toLocaleString(document.documentElement.lang) });
}

// Previews, removing one, and smaller files before they travel. Whatever fails, the file that was chosen is sent as it is.
import { smallerPhoto } from "./smaller_photo.js";
import { counted, fill } from "./words.js";

export function startPhotoFields() {
  for (const root of document.querySelectorAll("[data-photos]")) {
    const input = root.querySelector("input[type=file]");
    if (input) attach(root, input);
  }
}

/** @param {HTMLElement} root @param {HTMLInputElement} input */
function attach(root, input) {
  const status = root.querySelector("[data-photo-status]");
  const previews = root.querySelector("[data-photo-previews]");
  const max = Number(root.dataset.max);
  /** @type {File[]} */
  let chosen = [];
  let round = 0;

  const show = (words) => {
    put(input, chosen);
    for (const image of previews.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    previews.replaceChildren(...chosen.map((file) => preview(file, fill(root.dataset.remove, { name: file.name }), remove)));
    status.textContent = words ?? (chosen.length ? counted(root.dataset, chosen.length) : "");
  };
  const remove = (file) => {
    chosen = chosen.filter((other) => other !== file);
    show(fill(root.dataset.removed, { name: file.name }));
    input.focus();
  };

  input.addEventListener("change", async () => {
    const mine = ++round;
    // Choosing again adds: on phones one often takes one picture after another.
    const all = [...chosen, ...[...input.files].filter((file) => !chosen.some((other) => same(other, file)))];
    chosen = all.slice(0, max);
    show(all.length > max ? root.dataset.tooMany : undefined);
    const smaller = await Promise.all(chosen.map((file) => smallerPhoto(file, Number(root.dataset.maxEdge))));
    if (mine !== round || smaller.every((file, index) => file === chosen[index])) return;
    const replaced = new Map(chosen.map((file, index) => [file, smaller[index]]));
    chosen = chosen.map((file) => replaced.get(file) ?? file);
    show(status.textContent);
  });
}

const same = (one, other) => one.name === other.name && one.lastModified === other.lastModified;

/** @param {HTMLInputElement} input @param {File[]} files */
function put(input, files) {
  try {
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    input.files = transfer.files;
  } catch {
    // An old browser keeps its own selection; the server takes the first five.
  }
}

/** @param {File} file @param {string} label @param {(file: File) => void} remove */
function preview(file, label, remove) {
  const item = document.createElement("li");
  item.className = "photo-field__preview";
  const image = document.createElement("img");
  image.src = URL.createObjectURL(file);
  image.alt = "";
  image.addEventListener("error", () => image.remove()); // a format that this browser cannot show, such as HEIC
  const button = document.createElement("button");
  button.type = "button";
  button.className = "photo-field__remove";
  const words = document.createElement("span");
  words.textContent = label;
  button.append(words);
  button.addEventListener("click", () => remove(file));
  item.append(image, button);
  return item;
}

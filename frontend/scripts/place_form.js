// One place, four ways to say it: a suggestion, typed words, a pin, one's own location. The last thing done wins, and the inputs never disagree.
// Suggestions and the map announce a place with PLACE_EVENT; the form writes it down and tells the map with PLACE_SET_EVENT.

export const PLACE_EVENT = "evenhand:place";
export const PLACE_SET_EVENT = "evenhand:place-set";

export function startPlaceForms() {
  for (const form of document.querySelectorAll("form[data-place-form]")) new PlaceForm(form);
}

class PlaceForm {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.output = form.querySelector("[data-place-result]");
    this.request = null;
    form.addEventListener(PLACE_EVENT, (event) => this.set(event.detail));
    this.field("address")?.addEventListener("input", () => this.typed());
    const locate = form.querySelector("[data-locate]");
    if (locate && "geolocation" in navigator) this.offerLocation(locate);
  }

  /** @param {string} name @returns {HTMLInputElement | null} */
  field(name) {
    const found = this.form.elements.namedItem(name);
    return found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement ? found : null;
  }

  write(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = this.field(name);
      if (field) field.value = value ?? "";
    }
  }

  set({ lat, long, label, address_id, source }) {
    this.write({ lat: Number(lat).toFixed(6), long: Number(long).toFixed(6), address_id: address_id ?? "", place_source: source });
    this.form.dispatchEvent(new CustomEvent(PLACE_SET_EVENT, { detail: { lat: Number(lat), long: Number(long), source } }));
    if (source === "address") this.say(`${this.output?.dataset.inside ?? ""} ${label}`, true);
    else this.describe(lat, long);
  }

  typed() {
    this.request?.abort();
    const hadPlace = Boolean(this.field("lat")?.value);
    this.write({ lat: "", long: "", address_id: "", place_source: "typed" });
    if (!hadPlace) return;
    this.form.dispatchEvent(new CustomEvent(PLACE_SET_EVENT, { detail: null }));
    this.say(this.output?.dataset.cleared ?? "", true);
  }

  async describe(lat, long) {
    this.request?.abort();
    const request = (this.request = new AbortController());
    this.say(this.output?.dataset.looking ?? "", true);
    const url = new URL(this.form.dataset.describeUrl, location.href);
    url.searchParams.set("lat", Number(lat).toFixed(6));
    url.searchParams.set("long", Number(long).toFixed(6));
    try {
      const response = await fetch(url, { signal: request.signal, headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      const place = await response.json();
      this.write({ address: place.label ?? "" });
      this.say(place.message || `${this.output?.dataset.inside ?? ""} ${place.label}`, place.inside);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.write({ address: "" }); // an address typed for another place would send a crew there
      this.say(this.output?.dataset.failed ?? "", true);
    }
  }

  say(words, inside) {
    if (!this.output) return;
    this.output.textContent = words;
    this.output.classList.toggle("place-result--outside", !inside);
  }

  /** @param {HTMLElement} part */
  offerLocation(part) {
    const button = part.querySelector("[data-locate-button]");
    const status = part.querySelector("[data-locate-status]");
    const forElse = () => this.form.querySelector("[name=for_whom]:checked")?.value === "else";
    const refresh = () => {
      button.disabled = forElse();
      status.textContent = button.disabled ? part.dataset.forElse : "";
      if (button.disabled && this.field("place_source")?.value === "device") {
        this.write({ lat: "", long: "", address: "", address_id: "", place_source: "" });
        this.form.dispatchEvent(new CustomEvent(PLACE_SET_EVENT, { detail: null }));
        this.say("", true);
      }
    };
    part.hidden = false;
    refresh();
    this.form.addEventListener("change", (event) => event.target.name === "for_whom" && refresh());
    button.addEventListener("click", () => {
      status.textContent = part.dataset.busy;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          if (forElse()) return;
          status.textContent = "";
          this.set({ lat: coords.latitude, long: coords.longitude, source: "device" });
        },
        (error) => (status.textContent = error.code === error.PERMISSION_DENIED ? part.dataset.denied : part.dataset.failed),
        { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
      );
    });
  }
}

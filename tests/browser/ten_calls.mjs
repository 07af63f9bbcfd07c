// Ten calls as they come, as data. A text in "quotes" is what the call taker types while the caller speaks: words, names, numbers. A name in [brackets]
// is a key that is pressed beside them, and each of these counts.

const type = (words) => ({ type: words });
const press = (...keys) => keys.map((key) => ({ key }));

/** @typedef {{name: string, steps: ({type: string} | {key: string})[], then: string, expect: Record<string, any>}} ScriptedCall */

/** @returns {ScriptedCall[]} */
export const tenCalls = ({ light, trash }) => [
  {
    name: "a pothole at an address",
    steps: [
      type("150 meridian"), ...press("Enter"),
      type("pothole"), ...press("Enter"),
      type("Right by the bus stop, a bicycle went down in it"), ...press("Enter", "1", "Enter"),
      type("617 555 0142"), ...press("Enter"), type("Ana Okafor"), ...press("Enter", "2", "Enter"),
    ],
    then: "number",
    expect: { service: "POTHOLE", address: "150 Meridian Avenue", quality: "address", phone: "+16175550142", name: "Ana Okafor", response: "phone" },
  },
  {
    name: "a street light at a corner",
    steps: [
      type("meridian & north bank"), ...press("Enter"),
      type("street light"), ...press("Enter", "n"),
      type("Out since the weekend, on the side of the river"), ...press("Enter", "Enter", "1"),
      type("(617) 555-0143"), ...press("Enter"), type("Bo Lindqvist"), ...press("Enter", "3", "Enter"),
    ],
    then: "number",
    expect: { service: "STREETLIGHT", address: "Meridian Avenue & North Bank Road", phone: "+16175550143", response: "text" },
  },
  {
    name: "near the school",
    steps: [
      type("near the school"), ...press("Enter"),
      type("schoolhouse & old post"), ...press("Enter"),
      type("cracked sidewalk"), ...press("Enter"),
      type("At the gate of the school, where the children walk"), ...press("Enter", "Enter", "1"),
      type("617.555.0144"), ...press("Enter"), type("Mrs. Adeyemi"), ...press("Enter", "2", "Enter"),
    ],
    then: "number",
    expect: { service: "SIDEWALK", address: "Schoolhouse Road & Old Post Road", words: "At the gate of the school, where the children walk" },
  },
  {
    name: "it is known already",
    steps: [
      type("elm & maple"), ...press("Enter"),
      type("street light"), ...press("Enter", "n", "1"),
      type("617 555 0145"), ...press("Enter", "4", "Enter"),
    ],
    then: "joined",
    expect: { joined: light },
  },
  {
    name: "the caller has no word for it",
    steps: [
      type("386 clover"), ...press("Enter"),
      type("awful stink coming up from the manhole"), ...press("Enter", "n"),
      type("Worse in the evening, all along the block"), ...press("Enter", "2", "Enter", "Enter"),
      type("617 555 0146"), ...press("Enter"), type("Sam Reyes"), ...press("Enter", "4", "Enter"),
    ],
    then: "number",
    expect: { service: "SEWER", address: "386 Clover Avenue", response: "none" },
  },
  {
    name: "in Spanish",
    steps: [
      ...press("F2"), type("500 bellows"), ...press("Enter"),
      type("bache"), ...press("Enter"),
      type("Un hoyo grande frente a la panadería"), ...press("Enter", "1", "Enter"),
      type("617 555 0147"), ...press("Enter"), type("Luz Ibarra"), ...press("Enter", "2", "Enter"),
    ],
    then: "number",
    expect: { service: "POTHOLE", address: "500 Bellows Avenue", language: "es", name: "Luz Ibarra" },
  },
  { name: "the power company's bill", steps: [...press("Enter"), type("electric bill"), ...press("Enter", "Enter")], then: "counted", expect: { article: "power-company" } },
  {
    name: "a sparking wire",
    steps: [type("518 teal"), ...press("Enter"), type("wire down and sparking"), ...press("Enter", "y", "Enter")],
    then: "emergency",
    expect: { topic: "sent to the emergency number", service: "POWER_OUTAGE" },
  },
  {
    name: "without a name",
    steps: [type("226 eddy"), ...press("Enter"), type("graffiti"), ...press("Enter"), type("Purple letters on the garage door"), ...press("Enter", "1", "Enter", "F9")],
    then: "number",
    expect: { service: "GRAFFITI", address: "226 Eddy Street", phone: "", name: "", response: "none" },
  },
  {
    name: "what became of my report",
    steps: [type(`${trash.slice(0, 3)} ${trash.slice(3, 6)} ${trash.slice(6)}`), ...press("Enter", "Enter")],
    then: "counted",
    expect: { topic: "about an earlier request", service: "MISSED_TRASH" },
  },
];

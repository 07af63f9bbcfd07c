// The segments of a JPEG file, up to the compressed picture itself: where cameras put what they know.

const START_OF_SCAN = 0xda;
const HARMLESS = new Map([[0xe0, "JFIF"], [0xe2, "ICC_PROFILE"]]);

/** @param {Buffer} bytes @returns {{marker: number, words: string}[]} */
export function segments(bytes) {
  if (bytes.readUInt16BE(0) !== 0xffd8) throw new Error("Expected a JPEG, which begins with FF D8.");
  const found = [];
  for (let at = 2; at < bytes.length; ) {
    const marker = bytes[at + 1];
    const length = bytes.readUInt16BE(at + 2);
    found.push({ marker, words: bytes.toString("latin1", at + 4, at + 2 + length) });
    if (marker === START_OF_SCAN) break;
    at += 2 + length;
  }
  return found;
}

/** Application and comment segments that could say something about a person: none of ours has any. */
export function tellTales(bytes) {
  const says = ({ marker }) => (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;
  return segments(bytes).filter((one) => says(one) && !one.words.startsWith(HARMLESS.get(one.marker) ?? "\0never"));
}

// A phone's photo of 12 megapixels costs minutes on a poor line and is published at 1600 px anyway. The camera's facts (EXIF) are carried over,
// because the server may suggest the place from them; it never publishes them. Their orientation is set to "upright": the pixels are turned already.

const LARGE_BYTES = 3_000_000;
const QUALITY = 0.86;

/** @param {File} file @param {number} maxEdge @returns {Promise<File>} the original wherever anything is in doubt */
export async function smallerPhoto(file, maxEdge) {
  try {
    if (file.type !== "image/jpeg" || file.size < 400_000) return file;
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, maxEdge / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < LARGE_BYTES) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (!blob || blob.size > file.size * 0.8) return file;
    const facts = cameraFacts(await file.slice(0, 200_000).arrayBuffer());
    const parts = facts ? [blob.slice(0, 2), facts, blob.slice(2)] : [blob];
    return new File(parts, file.name, { type: "image/jpeg", lastModified: file.lastModified });
  } catch {
    return file;
  }
}

/** The EXIF segment of a JPEG, made upright; null if there is none. @param {ArrayBuffer} buffer */
function cameraFacts(buffer) {
  const view = new DataView(buffer);
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 4 < view.byteLength && view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) return null;
    if (marker !== 0xe1 || view.getUint32(at + 4) !== 0x45786966) continue;
    const segment = buffer.slice(at, at + 2 + view.getUint16(at + 2));
    setUpright(new DataView(segment, 10));
    return segment;
  }
  return null;
}

/** @param {DataView} tiff */
function setUpright(tiff) {
  const little = tiff.getUint16(0) === 0x4949;
  const directory = tiff.getUint32(4, little);
  for (let entry = 0; entry < tiff.getUint16(directory, little); entry++) {
    const at = directory + 2 + entry * 12;
    if (tiff.getUint16(at, little) === 0x0112) tiff.setUint16(at + 8, 1, little);
  }
}

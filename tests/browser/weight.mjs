// What a page costs a telephone with an empty cache: bytes as they came over the wire, headers included, and apart from them those of its map.

const OF_A_MAP = /\/built\/map[.\w]*\.(js|css)|\/map\//;

/** @returns {Promise<{page: number, map: number}>} bytes */
export async function weigh(page, path) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const addresses = new Map();
  const bytes = { page: 0, map: 0 };
  session.on("Network.requestWillBeSent", ({ requestId, request }) => addresses.set(requestId, request.url));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const address = addresses.get(requestId); // nothing where the page before had asked for it
    if (address) bytes[OF_A_MAP.test(address) ? "map" : "page"] += encodedDataLength;
  });
  await page.goto(path, { waitUntil: "networkidle" });
  await session.detach();
  return bytes;
}

// Builds the scripts and styles into the Python package. One command, no watch server: `node frontend/build.mjs`.
// Leaflet goes into map.js and map.css only, so that a page without a map never pays for it.
import { build } from "esbuild";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const source = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(source, "../src/evenhand/web/static/built");
const browsers = ["chrome92", "firefox92", "safari15"];

// Leaflet's style sheet names pictures and an old Internet Explorer behavior that we never use; a url() that leads nowhere breaks hashed static files.
const withoutPictures = {
  name: "without-pictures",
  setup(bundler) {
    bundler.onLoad({ filter: /leaflet\.css$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/^.*url\([^)]*\).*$/gm, ""),
      loader: "css",
    }));
  },
};

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await build({
  entryPoints: ["scripts/portal.js", "scripts/map.js", "scripts/console.js", "scripts/console_map.js", "styles/portal.css", "styles/map.css", "styles/console.css"].map((path) => join(source, path)),
  outdir: target,
  entryNames: "[name]",
  bundle: true,
  minify: true,
  format: "esm",
  target: browsers,
  legalComments: "inline",
  logLevel: "warning",
  alias: { leaflet: join(source, "../node_modules/leaflet/dist/leaflet-src.esm.js") },
  plugins: [withoutPictures],
});
for (const name of await readdir(join(source, "assets"))) await copyFile(join(source, "assets", name), join(target, name));
const sprite = await readFile(join(source, "icons.svg"), "utf8");
await writeFile(join(target, "icons.svg"), sprite.replace(/>\s+</g, "><"));

for (const name of (await readdir(target)).sort()) {
  const bytes = await readFile(join(target, name));
  console.log(`${name.padEnd(24)} ${String(bytes.length).padStart(8)} B ${String(gzipSync(bytes, { level: 9 }).length).padStart(8)} B gzip`);
}

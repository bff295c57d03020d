// Bundles the page's script and style sheet into ../assets, with the hash of what they were made from. Run it by
// `make web`. A test of wasock-report compares the hash with the sources beside it.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const assets = join(here, '../assets');

/** What the assets are made from, besides `src`. */
const SOURCES = ['build.js', 'package-lock.json', 'package.json'];

function sourceHash() {
  const sources = readdirSync(join(here, 'src')).map((name) => `src/${name}`);
  const hash = createHash('sha256');
  for (const name of [...SOURCES, ...sources].sort()) {
    const text = readFileSync(join(here, name));
    hash.update(`${name}\0${text.length}\0`).update(text);
  }
  return hash.digest('hex');
}

const licence = readFileSync(join(here, 'node_modules/uplot/LICENSE'), 'utf8').trim();
const notice = `/* wasock-report-web, sources ${sourceHash()}\n\nContains uPlot.\n\n${licence}\n*/\n`;

const { outputFiles } = await build({
  entryPoints: [join(here, 'src/main.js')],
  outfile: join(assets, 'page.js'),
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
  charset: 'ascii',
  legalComments: 'none',
  write: false,
});
for (const { path, text } of outputFiles) {
  writeFileSync(path, notice + text);
}

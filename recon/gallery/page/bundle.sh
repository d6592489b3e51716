#!/usr/bin/env bash
# Makes assets/gallery/page.html, which is committed, of the sources here. Needs node and npm; a build of the program
# does not.
set -euo pipefail

here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
target=$here/../../../assets/gallery
most_bytes=1000000

cd -- "$here"
npm ci --no-audit --no-fund --ignore-scripts
mkdir -p "$target"
node_modules/.bin/esbuild page.js --bundle --minify --format=iife --target=es2020 --charset=utf8 \
    --legal-comments=inline --outfile=node_modules/page.min.js
node_modules/.bin/esbuild page.css --minify --outfile=node_modules/page.min.css
node - "$target/page.html" <<'END'
const { readFileSync, writeFileSync } = require('node:fs');
const [style, script] = ['node_modules/page.min.css', 'node_modules/page.min.js'].map((file) => readFileSync(file, 'utf8'));
// A function as replacement: in a text, $ would be special.
const page = readFileSync('page.html', 'utf8')
    .replace('/* style */', () => style.trim())
    .replace('/* script */', () => script.trim().replaceAll('</script', '<\\/script'));
writeFileSync(process.argv[2], page);
END
cp node_modules/three/LICENSE "$target/LICENSE.three"
bytes=$(stat -c %s "$target/page.html")
printf '%s: %s bytes\n' "$target/page.html" "$bytes"
((bytes < most_bytes)) || { printf 'more than %s bytes\n' "$most_bytes" >&2; exit 1; }

#!/usr/bin/env bash
# Packs the third-party modules of the playground into web/src/vendor: the versions of web/vendor/package.json, bundled
# with esbuild, with their licences and checksums. Needs npm; building and running the server do not.
#
#   tools/vendor-web.sh          makes them anew
#   tools/vendor-web.sh check    makes them in a temporary directory and compares
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=$root/web/src/vendor
[ "${1:-}" != check ] || out=$work/out
mkdir -p "$out"

cp "$root"/web/vendor/* "$work/"
cd "$work"
if [ -f package-lock.json ]; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
else
    npm install --ignore-scripts --no-audit --no-fund --loglevel=error --omit-lockfile-registry-resolved
    # Addresses of registries and of people who take donations are nobody's business here.
    node -e '
        const fs = require("fs");
        const lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
        for (const entry of Object.values(lock.packages)) {
            delete entry.funding;
            delete entry.resolved;
        }
        fs.writeFileSync("package-lock.json", JSON.stringify(lock, null, 2) + "\n");'
    cp package-lock.json "$root/web/vendor/"
fi

rm -f "$out"/*
for entry in ui markdown editor chart diff; do
    node_modules/.bin/esbuild "$entry.js" --bundle --minify --format=esm --target=es2022 --legal-comments=none \
        --log-level=warning --metafile="$entry.meta.json" --outfile="$out/$entry.js"
done
cp node_modules/uplot/dist/uPlot.min.css "$out/chart.css"

# The licence of every package that a bundle took something from.
node -e '
    const fs = require("fs");
    const names = new Set(["uplot"]);
    for (const file of fs.readdirSync(".").filter((each) => each.endsWith(".meta.json"))) {
        for (const input of Object.keys(JSON.parse(fs.readFileSync(file, "utf8")).inputs)) {
            const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
            if (match) names.add(match[1]);
        }
    }
    const parts = [];
    for (const name of [...names].sort()) {
        const folder = "node_modules/" + name + "/";
        const about = JSON.parse(fs.readFileSync(folder + "package.json", "utf8"));
        const text = fs.readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
        if (!text || !about.license) throw new Error(name + " has no licence");
        parts.push(`${name} ${about.version} (${about.license})\n\n${fs.readFileSync(folder + text, "utf8").trim()}\n`);
    }
    fs.writeFileSync(process.argv[1], parts.join("\n----\n\n"));' "$out/licences.txt"
(cd "$out" && LC_ALL=C sha256sum ./*.js ./*.css ./*.txt | sed 's| \./| |' >sums.txt)

if [ "${1:-}" = check ]; then
    diff -r "$out" "$root/web/src/vendor" && echo "web/src/vendor is what the packages make"
else
    ls -l "$out"
fi

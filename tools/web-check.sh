#!/usr/bin/env bash
# Type-checks the playground's own modules (JSDoc types, TypeScript without a build) and lints them.
# Prints `counts PASSED FAILED SKIPPED`, and `missing WHAT` where npm or its packages cannot be had.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$root/target/test/web-check
mkdir -p "$work"

if ! command -v npm >/dev/null; then
    echo "missing Node.js with npm: the playground's modules were not type-checked and linted"
    exit 0
fi
cp "$root"/web/check/*.js "$root/web/check/tsconfig.json" "$work/"
if ! cmp -s "$root/web/check/package.json" "$work/installed"; then
    cp "$root/web/check/package.json" "$work/"
    # Modules of the configuration are ES modules.
    if ! (cd "$work" && npm pkg set type=module && npm install --ignore-scripts --no-audit --no-fund --loglevel=error) \
        >"$work/npm.log" 2>&1; then
        echo "missing the checks of the playground: npm install failed (target/test/web-check/npm.log)"
        exit 0
    fi
    cp "$root/web/check/package.json" "$work/installed"
fi
rm -rf "$work/src"
cp -r "$root/web/src" "$work/src"
# The bundles have no types of their own; what is declared for them is in web/check/types.
rm -f "$work"/src/vendor/*
cp "$root"/web/check/types/*.d.ts "$work/src/vendor/"

passed=0 failed=0
run() {
    echo "-- $*"
    if (cd "$work" && "node_modules/.bin/$1" "${@:2}"); then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}
run tsc -p tsconfig.json
run eslint src
echo "counts $passed $failed 0"

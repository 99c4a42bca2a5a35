#!/usr/bin/env bash
# Tests the playground in Chromium. The tests start their servers themselves, with ./tramontane serve.
# Prints `counts PASSED FAILED SKIPPED`, and `missing WHAT` where there is no Chromium.
#
#   tools/page-test.sh [TESTS]     TESTS as Maven's -Dtest takes them
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$root/target/test
mkdir -p "$work"
# shellcheck source=tools/jdk.sh
. "$root/tools/jdk.sh"
# shellcheck source=tools/build.sh
. "$root/tools/build.sh"
find_jdk

for name in chromium chromium-browser google-chrome; do
    chromium=$(command -v $name) && break
done
if [ -z "${chromium:-}" ]; then
    echo "missing Chromium (apt-get install chromium): the playground was not tried in a browser"
    exit 0
fi
# Before the tests, so that the servers they start need no building.
(build_if_changed) || exit 1
find_maven
log=$work/page-maven.log
options=("-Dpage.root=$root" "-Dpage.chromium=$chromium")
[ -z "${1:-}" ] || options+=("-Dtest=$1" -Dsurefire.failIfNoSpecifiedTests=false)
# The jar of Playwright brings a browser of its own unless told not to.
(cd "$root" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 exec "${maven[@]}" -B -ntp -Dfast -f clients/page/pom.xml test "${options[@]}") >"$log" 2>&1
status=$?
grep -E '^\[ERROR\]|Tests run:|^   ' "$log" | head -n 80
awk -v status="$status" '/Tests run:.*Time elapsed/ { gsub(",", ""); sub(/.*Tests run:/, ""); t += $1; f += $3 + $5; s += $7 }
     END { if (status != 0 && f == 0) f = 1; print "counts", t - f - s, f + 0, s + 0 }' "$log"

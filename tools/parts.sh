# shellcheck shell=bash
# shellcheck disable=SC2154 # work comes from the script that sources this one
# Sourced by test.sh: runs its parts, some of them beside others, and keeps what each counted and took.
#
#   $work/parts         a line for each part: name, passed, failed, skipped, seconds, processor seconds
#   $work/begun/NAME    a directory for each part that was begun: who makes it runs the part
passed=0 failed=0 skipped=0
beside='' # the process that runs parts beside those of this one; it leads a group
beside_names=()
: >"$work/parts"
rm -rf "$work/begun"
mkdir "$work/begun"
trap stop_beside EXIT

# What failed or was missing, a line each, for the list at the end.
note() { printf '%s\n' "$*" >>"$work/failures"; }
count() { passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3)); }

# processor_seconds: of all processes that this one has started and waited for.
processor_seconds() {
    # In a substitution they would be those of another process.
    times >"$work/times.$BASHPID"
    awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, time, /[ms]/); sum += 60 * time[1] + time[2] } print int(sum) }' "$work/times.$BASHPID"
    rm -f "$work/times.$BASHPID"
}

# part NAME: calls run_NAME, unless the part was begun here or beside.
part() {
    local name=$1 began=$SECONDS before
    mkdir "$work/begun/$name" 2>/dev/null || return 0
    # Not in a substitution either, for the same reason.
    processor_seconds >"$work/before.$name"
    passed=0 failed=0 skipped=0
    "run_$name"
    processor_seconds >"$work/after.$name"
    before=$(cat "$work/before.$name")
    set -- "$name" "$passed" "$failed" "$skipped" $((SECONDS - began)) $(($(cat "$work/after.$name") - before))
    rm -f "$work/before.$name" "$work/after.$name"
    echo "$*" >>"$work/parts"
    printf '   %s took %d s, and %d s of the processors\n' "$1" "$5" "$6"
}

# start_beside NAMES...: starts these parts, one after the other, beside what comes next. What they print goes to a file.
start_beside() {
    local name
    beside_names=("$@")
    printf '\n== beside what comes next: %s\n' "$*"
    set -m # a group of its own, so that all of it can be ended
    (
        set +m
        trap - EXIT
        for name in "$@"; do part "$name"; done
    ) >"$work/beside.log" 2>&1 </dev/null &
    beside=$!
    set +m
}

# end_beside: waits for them, and prints what they did. A part of them that is begun here meanwhile is not run there.
end_beside() {
    local name
    wait "$beside" 2>/dev/null
    beside=''
    cat "$work/beside.log"
    for name in "${beside_names[@]}"; do
        grep -q "^$name " "$work/parts" && continue
        echo "   FAILED: $name did not come to its end" >&2
        note "$name did not come to its end; see target/test/beside.log"
        echo "$name 0 1 0 0 0" >>"$work/parts"
    done
}

# Servers hear the first signal and end.
stop_beside() {
    [ -z "$beside" ] || kill -- "-$beside" 2>/dev/null
}

sum_of_parts() { awk '{ p += $2; f += $3; s += $4 } END { print p + 0, f + 0, s + 0 }' "$work/parts"; }

# The slowest first. Parts that ran beside others make each other slower.
table_of_parts() {
    sort -k 5,5 -n -r "$work/parts" | awk '
        BEGIN { printf "   %-10s %8s %10s %7s %7s %7s\n", "part", "seconds", "processors", "passed", "failed", "skipped" }
        { printf "   %-10s %8d %10d %7d %7d %7d\n", $1, $5, $6, $2, $3, $4 }'
}

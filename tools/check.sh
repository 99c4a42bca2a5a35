# shellcheck shell=bash
# Sourced by scripts that check promises: counts in $passed and $failed, with a log in the folder $work.

# check PROMISE COMMAND...: what a failing command says is shown.
check() {
    local promise=$1
    shift
    if "$@" >"$work/check.log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "   FAILED: $promise"
        tail -n 20 "$work/check.log" | cut -c1-300 | sed 's/^/      /'
    fi
}

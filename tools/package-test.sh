#!/usr/bin/env bash
# Makes the packages twice and compares them; installs each on a clean system without Java, where it answers a request; checks
# the list of their contents, the unit and the container's files with tools made by others.
# Prints `counts PASSED FAILED SKIPPED`, and `missing WHAT` for what cannot be tried here.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/.." && pwd -P)
work=$root/target/test/package
packages=$work/first/target/package
clean=$work/clean
mkdir -p "$work"
# shellcheck source=tools/models.sh
. "$here/models.sh"
# shellcheck source=tools/build.sh
. "$here/build.sh"
# shellcheck source=tools/jdk.sh
. "$here/jdk.sh"
find_jdk
# shellcheck source=tools/check.sh
. "$here/check.sh"
passed=0 failed=0 skipped=0
server=
trap 'stop_server; rm -rf "$clean" "$work/again"' EXIT

# Each server leads a group of processes: what it left running in the background ends with it, as in a service of systemd.
stop_server() {
    [ -n "$server" ] || return 0
    kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
    kill -KILL -- "-$server" 2>/dev/null
    server=
}

# package_in DIRECTORY UMASK: makes them from a copy of the sources, as another person would have it. Maven may be busy with
# the sources themselves.
package_in() {
    rm -rf "$1"
    mkdir -p "$1"
    # The mask of whoever packs: that of the copy shows in the jars.
    (cd "$root" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$1" &&
        umask "$2" && "$1/tramontane" package)
}

package_first() {
    if [ -e "$root/.git" ]; then
        package_in "$work/first" "$(umask)"
    else
        packages=$root/target/package
        "$root/tramontane" package
    fi
}

same_packages() {
    diff "$packages/SHA256SUMS" "$work/again/elsewhere/target/package/SHA256SUMS" && return
    # Which file of the tree it is.
    diff -rq --no-dereference "$packages/work/tree" "$work/again/elsewhere/target/package/work/tree"
    return 1
}

# shellcheck source=tools/package/test/installs.sh
. "$here/package/test/installs.sh"
# shellcheck source=tools/package/test/contents.sh
. "$here/package/test/contents.sh"

make_clean_root &
making=$!
if ! package_first >"$work/package.log" 2>&1; then
    echo "   FAILED: the packages cannot be made; target/test/package/package.log ends with"
    tail -n 15 "$work/package.log"
    wait "$making" # it has mounted what must not be deleted
    echo "counts 0 1 0"
    exit 1
fi
wait "$making"
if [ -e "$root/.git" ]; then
    package_in "$work/again/elsewhere" 077 >"$work/again.log" 2>&1 &
    again=$!
fi
test_installs
test_contents
test_deploy
if [ -e "$root/.git" ]; then
    wait "$again"
    check "packages made of a copy in another directory have the same bytes" same_packages
fi
echo "counts $passed $failed $skipped"
[ "$failed" = 0 ]

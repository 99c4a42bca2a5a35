#!/usr/bin/env bash
# Makes what people install, from one build: a tar.gz and a Python wheel with their own Java runtime, and a Debian package.
# The same commit gives the same bytes on every machine that has the same JDK, Python and compressors.
# Called by ./tramontane package, which has already found the JDK.
#
#   target/package/                    the packages, sbom.cdx.json and SHA256SUMS
#   target/package/work/tree/          what all of them install
#   tree/bin/tramontane                the launcher
#   tree/lib/*.jar                     ours and the libraries
#   tree/lib/build                     a sum of all jars and of the runtime: the start cache belongs to one build
#   tree/lib/libsqlitejdbc.so          from the jar of sqlite-jdbc
#   tree/runtime/                      the parts of the JDK that are used, made by jlink
#   tree/licences/, THIRD-PARTY.txt, sbom.cdx.json
set -euo pipefail
# The jars keep the modes of the classes they are made of.
umask 022
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
# shellcheck source=tools/build.sh
. "$root/tools/build.sh"
out=$root/target/package work=$root/target/package/work
tree=$work/tree

# java.desktop reads PNG, JPEG and GIF.
modules=java.base,java.desktop,java.logging,java.management,java.naming,java.net.http,java.security.jgss,java.sql
modules+=,jdk.incubator.vector,jdk.management,jdk.unsupported

fail() {
    echo "tramontane package: $*" >&2
    exit 1
}

# The files' time, unless SOURCE_DATE_EPOCH says another: a fixed one, as in the jars.
epoch() {
    [ -z "${SOURCE_DATE_EPOCH:-}" ] || { echo "$SOURCE_DATE_EPOCH" && return; }
    date -u -d "$(sed -n 's:.*<project.build.outputTimestamp>\(.*\)</project.*:\1:p' "$root/pom.xml")" +%s
}

# Sets architecture, which the packages name as Linux does, and debian_architecture.
name_architecture() {
    architecture=$(uname -m)
    case $(uname -s)/$architecture in
    Linux/x86_64) debian_architecture=amd64 ;;
    Linux/aarch64) debian_architecture=arm64 ;;
    *) fail "packages are made on Linux on x86_64 or aarch64, not on $(uname -s) on $architecture." ;;
    esac
}

# Not the launcher's build: this one also writes the list of what it contains.
build_jars() {
    local log=$work/maven.log
    find_maven
    rm -rf "$root"/bench/target/lib "$root"/{testkit,engine,core,server,bench}/target/*.jar
    (cd "$root" && MAVEN_OPTS=$short_lived "${maven[@]}" -B -ntp -Dfast -Dmaven.test.skip=true -Psbom -pl server,bench -am package) >"$log" 2>&1 || {
        grep -E '^\[(ERROR|FATAL)\] [^ ]' "$log" | head -n 20 >&2
        fail "the build failed; all of it is in ${log#"$root/"}."
    }
    mkdir -p "$tree/lib"
    cp "$root"/bench/target/tramontane-*.jar "$root"/bench/target/lib/*.jar "$tree/lib/"
    unzip -q -j -o "$tree"/lib/sqlite-jdbc-*.jar "org/sqlite/native/Linux/$architecture/libsqlitejdbc.so" -d "$tree/lib"
}

# Not compressed, since the packages are. The archive of the JDK's own classes saves a quarter of a second at each start.
build_runtime() {
    "$JAVA_HOME/bin/jlink" --add-modules "$modules" --output "$tree/runtime" --compress zip-0 --no-header-files --no-man-pages \
        --generate-cds-archive >"$work/jlink.log" 2>&1 || {
        tail -n 5 "$work/jlink.log" >&2
        fail "jlink failed; it needs a JDK with its modules, such as those of Adoptium or Debian."
    }
    # For heaps of 32 GB and more, which nobody needs here.
    rm -f "$tree/runtime/lib/server/classes_nocoops.jsa"
    # Windows, fonts, sound and colour profiles of java.desktop, which decodes images and nothing else.
    for library in awt_xawt fontmanager freetype jawt jsound lcms mlib_image prefs splashscreen; do
        rm -f "$tree/runtime/lib/lib$library.so"
    done
    # Copies of what lies in java.base.
    find "$tree/runtime/legal" -type l -delete
    find "$tree/runtime/legal" -type d -empty -delete
}

finish_tree() {
    mkdir -p "$tree/bin"
    cp "$here/tramontane" "$tree/bin/"
    cp "$root/tools/start.sh" "$here/healthcheck" "$tree/lib/"
    cp "$root/LICENSE" "$tree/"
    python3 "$here/contents.py" "$root/bench/target/sbom.json" "$here/licences" "$tree"
    (cd "$tree" && find lib runtime -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-16 >"$work/build"
    mv "$work/build" "$tree/lib/build"
    # The umask of whoever packs is not for those who install.
    chmod -R u=rwX,go=rX "$tree"
    find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

# $1 is the directory's name in the archive.
pack_tar() {
    tar --directory="$work" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
        --transform="s:^tree:$1:" -cf - tree | gzip -n -6 >"$out/$1.tar.gz"
}

for tool in python3 unzip dpkg-deb sha256sum; do
    command -v $tool >/dev/null || fail "it needs $tool, which is not here."
done
name_architecture
SOURCE_DATE_EPOCH=$(epoch)
export SOURCE_DATE_EPOCH
version=$(sed -n 's:^  <version>\(.*\)</version>:\1:p' "$root/pom.xml")
rm -rf "$out"
mkdir -p "$tree"

echo "Building Tramontane $version" >&2
build_jars
build_runtime
finish_tree
echo "Packing" >&2
pack_tar "tramontane-$version-linux-$architecture"
python3 "$here/wheel.py" "$tree" "$version" "$architecture" "$out"
"$here/deb.sh" "$tree" "$version" "$debian_architecture" "$out"
cp -p "$tree/sbom.cdx.json" "$out/"
(cd "$out" && sha256sum tramontane[-_]* sbom.cdx.json >SHA256SUMS && ls -sh1 --block-size=MB tramontane[-_]*)

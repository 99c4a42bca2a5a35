# shellcheck shell=bash
# Sourced after jdk.sh, with $root set: build_if_changed leaves in app a directory of jars newer than every source, and
# in class_path those jars.
# shellcheck disable=SC2034,SC2154 # root comes from, and class_path goes to, the script that sources this one
#
#   target/app/current     the name of the build in use
#   target/app/<time>/     its jars; a running server keeps its own directory while a newer one is made beside it
#   target/app/built       its modification time is the moment the newest build began

app=$root/target/app

# For a Maven that only compiles: the second compiler costs more processor time than it gains.
short_lived="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${MAVEN_OPTS:-}"

# Maven 3.8 or newer from PATH, else the wrapper, which fetches its own.
find_maven() {
    local version
    maven=("$root/mvnw")
    if command -v mvn >/dev/null; then
        version=$(mvn --version 2>/dev/null | sed -n 's/^[^A]*Apache Maven \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
        if [ "${version% *}" = 3 ] && [ "${version#* }" -ge 8 ] || [ "${version% *}" = 4 ]; then
            maven=(mvn)
        fi
    fi
}

# True where a source file, a build file, or a directory (that is how a deleted file shows) is newer than the build.
changed() {
    [ -r "$app/current" ] && [ -d "$app/$(cat "$app/current")" ] || return 0
    [ -n "$(find "$root"/pom.xml "$root"/.mvn "$root"/tools/build.sh "$root"/{testkit,engine,core,server,bench}/pom.xml \
        "$root"/{testkit,engine,core,server,bench}/src/main "$root"/web/src \
        -newer "$app/built" -print 2>/dev/null | head -n 1)" ]
}

# The library of SQLite for Linux: packed, each start would write it to a temporary file and compare the two byte by byte.
unpack_sqlite() {
    local library=org/sqlite/native/Linux/$(uname -m)/libsqlitejdbc.so
    [ "$(uname -s)" = Linux ] || return 0
    (cd "$1" && "$JAVA_HOME/bin/jar" xf sqlite-jdbc-*.jar "$library" && mv "$library" . && rm -rf org) >>"$root/target/build.log" 2>&1 || true
}

build() {
    local log=$root/target/build.log name started=$SECONDS
    find_maven
    touch "$app/begun"
    # Maven leaves the jars of earlier dependencies and versions lying there.
    rm -rf "$root"/bench/target/lib "$root"/{testkit,engine,core,server,bench}/target/*.jar
    (cd "$root" && MAVEN_OPTS=$short_lived exec "${maven[@]}" -B -ntp -Dfast -Dmaven.test.skip=true -pl server,bench -am package) >"$log" 2>&1 &
    builder=$!
    [ -t 2 ] || echo "Building Tramontane" >&2
    while kill -0 "$builder" 2>/dev/null; do
        [ ! -t 2 ] || printf '\rBuilding Tramontane: %s s ' "$((SECONDS - started))" >&2
        sleep 0.5
    done
    if ! wait "$builder"; then
        [ ! -t 2 ] || echo >&2
        # Maven says errors twice and then how to ask it for help.
        grep -E '^\[(ERROR|FATAL)\] [^ ]' "$log" | sed '/\[Help 1\]/,$d' | awk '!seen[$0]++' | head -n 20 >&2
        echo "tramontane: the build failed; all of it is in target/build.log." >&2
        return 1
    fi
    [ ! -t 2 ] || printf '\r\033[K' >&2

    name=$(date +%Y%m%d-%H%M%S)-$$
    mkdir "$app/$name"
    cp "$root"/bench/target/tramontane-*.jar "$root"/bench/target/lib/*.jar "$app/$name/"
    unpack_sqlite "$app/$name"
    # What came before the previous build is in nobody's use any more, as far as one can know.
    find "$app" -mindepth 1 -maxdepth 1 -type d -name '2*' ! -name "$name" ! -name "$(cat "$app/current" 2>/dev/null)" \
        -exec rm -rf {} +
    echo "$name" >"$app/current.new"
    mv "$app/current.new" "$app/current"
    mv "$app/begun" "$app/built"
}

# One build at a time: the lock is a directory with the builder's process id, and a dead builder's lock is taken over, as
# is one that after a minute has no id: its builder ended between two lines.
take_build_lock() {
    local builder_there waited=
    until mkdir "$app/lock" 2>/dev/null; do
        if builder_there=$(cat "$app/lock/pid" 2>/dev/null); then
            kill -0 "$builder_there" 2>/dev/null || rm -rf "$app/lock"
        elif [ -n "$(find "$app/lock" -prune -mmin +1 2>/dev/null)" ]; then
            rm -rf "$app/lock"
        fi
        [ -n "$waited" ] || echo "Waiting for another build of Tramontane to end" >&2
        waited=yes
        sleep 0.3
    done
}

build_if_changed() {
    builder=
    if changed; then
        if ! mkdir -p "$app" 2>/dev/null || [ ! -w "$app" ]; then
            echo "tramontane: cannot build, because $app cannot be written; copy all of $root to where you may write." >&2
            exit 1
        fi
        take_build_lock
        echo $$ >"$app/lock/pid"
        # A Maven in the background does not hear Ctrl-C.
        trap '[ -z "$builder" ] || kill "$builder" 2>/dev/null; rm -rf "$app/lock"' EXIT
        if changed; then build; fi
        rm -rf "$app/lock"
        trap - EXIT
    fi
    app=$app/$(cat "$app/current")
    # In full and in order: the start cache holds for exactly this class path.
    class_path=$(printf '%s:' "$app"/*.jar)
}

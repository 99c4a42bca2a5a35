# shellcheck shell=bash
# shellcheck disable=SC2154 # app, class_path, flags and java_home come from the script that sources this one
# Sourced before starting the server: use_start_cache lets the JVM read classes it has loaded and linked once before,
# which saves about half a second of processor time. The cache is made by a rehearsal at the first start of each build, in the
# background; a cache that does not fit is not used, and nobody hears of it.

use_start_cache() {
    local cache=$app/start.aot making=$app/rehearsal
    if [ -r "$cache" ]; then
        # What the rehearsal's tiny model taught the compiler would mislead it with a real one, so classes only.
        flags+=(-XX:AOTCache="$cache" -XX:+UnlockDiagnosticVMOptions -XX:-AOTReplayTraining -Xlog:aot=off -Xlog:cds=off)
    elif mkdir "$making" 2>/dev/null; then
        # The directory stays, also after a failure: one try a build.
        (
            XDG_CONFIG_HOME=$making nice -n 19 "$java_home/bin/java" "${flags[@]}" -Djava.io.tmpdir="$making" \
                -XX:AOTCacheOutput="$making/start.aot" -cp "$class_path" tramontane.bench.Rehearsal &&
                mv "$making/start.aot" "$cache"
        ) </dev/null >"$making/log" 2>&1 &
    fi
}

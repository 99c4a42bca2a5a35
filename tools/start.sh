# shellcheck shell=bash
# shellcheck disable=SC2154 # java_home and class_path come from the script that sources this one
# Sourced by the launcher of the checkout and by that of the packages. Both set java_home and class_path, and in `more_flags` what only
# they need; `start PLACE COMMAND...` then replaces the shell by the JVM. PLACE is a directory for the start cache, or nothing.

# Serial: the heap is small and short-lived (weights and caches are outside it), so its pauses are too, and
# no collector threads compete with the workers for cores. It lets the old generation grow before it collects there, so
# the young one is made large enough that what belongs to an answer dies in it; and what the compilers have freed of the
# native heap goes back to the system. The heap may grow to 2g, or a quarter of the memory of a smaller machine: the
# server's limits and the plan of a model's memory go by that. The provider of locales beside the JDK's small own one takes a tenth of the start.
set_flags() {
    local heap=(-XX:MaxRAM=8g -XX:MaxRAMPercentage=25)
    if [ -n "${TRAMONTANE_HEAP:-}" ]; then
        if ! [[ $TRAMONTANE_HEAP =~ ^([1-9][0-9]{0,2}g|[1-9][0-9]{2,5}m)$ ]] || [ "${TRAMONTANE_HEAP%m}" -lt 256 ] 2>/dev/null; then
            echo "tramontane: TRAMONTANE_HEAP is '$TRAMONTANE_HEAP', which is not a size from 256m to 999g, such as 512m or 2g." >&2
            exit 2
        fi
        heap=("-Xmx$TRAMONTANE_HEAP")
    fi
    flags=(-XX:+UseSerialGC -Xms96m -Xmn48m -XX:SurvivorRatio=4 "${heap[@]}" -XX:MetaspaceSize=64m
        -XX:TrimNativeHeapInterval=10000 -Djava.locale.providers=SPI -XX:-UsePerfData --sun-misc-unsafe-memory-access=allow
        --enable-native-access=ALL-UNNAMED
        -Dstdin.encoding=UTF-8 -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 "${more_flags[@]}")
    # shellcheck disable=SC2206 # several flags in one variable are meant to be split
    flags+=(${TRAMONTANE_JAVA_OPTS:-})
}

start() {
    local place=$1 main=tramontane.server.Main
    shift
    set_flags
    case $1 in
    serve | chat | pack | replay | bench)
        if [ "$1" = bench ]; then
            main=tramontane.bench.Main
            shift
        fi
        # The Vector API is loaded when it is needed: VectorModule says why, and that it needs this.
        flags+=(--add-exports=java.base/jdk.internal.module=ALL-UNNAMED)
        [ -z "$place" ] || use_start_cache "$place"
        exec "$java_home/bin/java" "${flags[@]}" -cp "$class_path" "$main" "$@"
        ;;
    *)
        exec "$java_home/bin/java" "${flags[@]}" -XX:TieredStopAtLevel=1 -cp "$class_path" "$main" "$@"
        ;;
    esac
}

# Lets the JVM read classes it has loaded and linked once before, which saves about half a second of processor time. The
# cache is made by a rehearsal at the first start, in the background; a cache that does not fit is not used, and nobody hears of it.
use_start_cache() {
    local cache=$1/start.aot making=$1/rehearsal
    if [ -r "$cache" ]; then
        # What the rehearsal's tiny model taught the compiler would mislead it with a real one, so classes only.
        flags+=(-XX:AOTCache="$cache" -XX:+UnlockDiagnosticVMOptions -XX:-AOTReplayTraining -Xlog:aot=off -Xlog:cds=off)
    elif mkdir "$making" 2>/dev/null; then
        # The directory stays, also after a failure: one try. The user's settings are not for the rehearsal. Without the
        # Vector API, whose classes cannot be in the cache.
        (
            env -i PATH="$PATH" HOME="$making" nice -n 19 "$java_home/bin/java" "${flags[@]}" -Djava.io.tmpdir="$making" \
                -XX:AOTCacheOutput="$making/start.aot" -Dtramontane.vectorBits=0 -cp "$class_path" tramontane.bench.Rehearsal &&
                mv "$making/start.aot" "$cache"
        ) </dev/null >"$making/log" 2>&1 &
    fi
}

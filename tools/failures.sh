# shellcheck shell=bash
# Sourced by test.sh: finds the names of what failed, for the list before its closing line. Only the end of a long log is
# kept by CI, and the list is there.

# failed_in_log LOG: a line for each failed test in the log of a script that prints `-- SUITE` and `counts PASSED FAILED
# SKIPPED`. The names are found as unittest, Node.js, Go, cargo, Maven, tsc, ESLint, schemathesis and our own scripts write them.
failed_in_log() {
    awk -v log_name="${1##*/}" '
        function name(text) {
            sub(/ \([0-9.]+m?s\)$/, "", text)
            if (!(text in seen)) { seen[text] = 1; names[++found] = substr(text, 1, 200) }
        }
        /^-- / { suite = substr($0, 4) ": " }
        /^ *FAILED: / { sub(/^ *FAILED: /, ""); name($0) }
        /^(FAIL|ERROR): / { name(substr($0, index($0, " ") + 1)) }
        /^ *✖ / && !/failing tests:$/ { sub(/^ *✖ /, ""); name($0) }
        /^ *--- FAIL: / { name($3) }
        /^---- .* stdout ----$/ { sub(/^---- /, ""); sub(/ stdout ----$/, ""); name($0) }
        /<<< (FAILURE|ERROR)!/ && !/Tests run:/ { sub(/^\[ERROR\] */, ""); sub(/ -- Time elapsed.*/, ""); name($0) }
        /^___+ .* ___+$/ { gsub(/^_+ | _+$/, ""); name($0) }
        /error TS[0-9]+: / || /^ +[0-9]+:[0-9]+ +error / { sub(/^ +/, ""); name($0) }
        /^counts / {
            for (i = 1; $3 > 0 && i <= found; i++) print suite names[i]
            if ($3 > found) print suite $3 - found " failed without a name; see target/test/" log_name
            found = 0
            split("", seen)
        }' "$1"
}

# failed_in_reports FILES...: class, test and the beginning of the message of each failed test in reports of Surefire.
failed_in_reports() { in_reports 'failure|error' "$@"; }

# unstable_in_reports FILES...: the same of each test that failed and then passed when it was run again.
unstable_in_reports() { in_reports 'flakyFailure|flakyError' "$@"; }

# counts_in_reports [FILES...]: how many tests passed, failed and were skipped, of reports of Surefire; those on standard
# input without FILES.
counts_in_reports() {
    awk '
        function number(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3) + 0 : 0 }
        /<testsuite / { tests += number("tests"); bad += number("errors") + number("failures"); skips += number("skipped") }
        END { print tests - bad - skips, bad + 0, skips + 0 }' "$@"
}

# in_reports ELEMENTS FILES...
in_reports() {
    local elements=$1
    shift
    awk -v wanted="^ *<($elements)[ >]" '
        function attribute(name,   text) {
            if (!match($0, " " name "=\"[^\"]*")) return ""
            text = substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3)
            gsub(/&#10;|&#9;/, " ", text); gsub(/&quot;/, "\"", text); gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text)
            gsub(/&apos;/, "\047", text); gsub(/&amp;/, "\\&", text)
            return text
        }
        /^ *<testcase / { test = attribute("classname") "." attribute("name") }
        $0 ~ wanted { print test ": " substr(attribute("message"), 1, 150) }' "$@"
}

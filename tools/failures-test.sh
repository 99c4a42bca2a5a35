#!/usr/bin/env bash
# The list of failures that test.sh prints before its closing line, made from what the tools wrote about failing tests of
# their own kind, and the counts of parts that run beside others. Prints `counts PASSED FAILED SKIPPED` at the end.
set -uo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
# shellcheck source=tools/failures.sh
. "$tools/failures.sh"
passed=0 failed=0

# check PROMISE EXPECTED FUNCTION: gives the function a file with what stands on standard input.
check() {
    local actual
    cat >"$place/some.log"
    actual=$("$3" "$place/some.log")
    if [ "$actual" = "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '   FAILED: %s\n      expected:\n%s\n      actual:\n%s\n' "$1" "$2" "$actual"
    fi
}

check "unittest's failures and errors are named" "Python client 3.x: test_c (test_x.A.test_c)
Python client 3.x: test_b (test_x.A.test_b) (model='x')" failed_in_log <<'LOG'
-- Python client 3.x
test_b (test_x.A.test_b) ... test_c (test_x.A.test_c) ... ERROR
======================================================================
ERROR: test_c (test_x.A.test_c)
----------------------------------------------------------------------
ValueError: v
======================================================================
FAIL: test_b (test_x.A.test_b) (model='x')
counts 4 2 0
LOG

check "Node's are named once" "TypeScript client: two is two
TypeScript client: inner
TypeScript client: group" failed_in_log <<'LOG'
-- TypeScript client
✔ one (1.830932ms)
✖ two is two (1.500452ms)
  AssertionError [ERR_ASSERTION]: 1 == 2
▶ group
  ✖ inner (0.346723ms)
✖ group (0.725945ms)
ℹ fail 3
✖ failing tests:

✖ two is two (1.500452ms)
  AssertionError [ERR_ASSERTION]: 1 == 2
counts 1 3 0
LOG

check "so are Go's and cargo's" "Go client: TestA
Go client: TestA/inner_b
Rust client: bad_one" failed_in_log <<'LOG'
-- Go client
=== RUN   TestA
    x_test.go:3: no
--- FAIL: TestA (0.00s)
    --- FAIL: TestA/inner_b (0.00s)
--- PASS: TestB (0.00s)
counts 1 1 0
-- Rust client
. 1/2
bad_one --- FAILED
---- bad_one stdout ----
failures:
    bad_one
counts 1 1 0
LOG

check "so are Maven's" "ATest.p(int)[2]
ATest.bad" failed_in_log <<'LOG'
[ERROR] Tests run: 5, Failures: 2, Errors: 0, Skipped: 0, Time elapsed: 0.896 s <<< FAILURE! -- in ATest
[ERROR] ATest.p(int)[2] -- Time elapsed: 0.088 s <<< FAILURE!
[ERROR] ATest.bad -- Time elapsed: 0.012 s <<< FAILURE!
[ERROR]   ATest.bad:2 expected: <a
counts 3 2 0
LOG

check "so are those of our own scripts" "q5_1: x86-64 (<) and aarch64 (>) differ:" failed_in_log <<'LOG'
   FAILED: q5_1: x86-64 (<) and aarch64 (>) differ:
< 1 2 3
counts 9 1 0
LOG

check "a suite that passes names nothing, whatever it prints" "" failed_in_log <<'LOG'
-- Python client 3.x
ERROR: this was expected
counts 4 0 1
LOG

check "and nothing of it is blamed on the next suite, whose failure without a name is counted" \
    "schemathesis: 1 failed without a name; see target/test/some.log" failed_in_log <<'LOG'
ERROR: this was expected
counts 4 0 1
-- schemathesis
counts 0 1 0
LOG

check "a report names class, test and message" 'ATest.p(int)[2]: i is 2 ==> expected: <true> but was: <false>
ATest.bad: expected: <a <b>> but was: <c"&'"'"'>
ATest.error: no server' failed_in_reports <<'LOG'
<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0.2" name="ATest" time="0.896" tests="5" errors="1">
  <testcase name="p(int)[1]" classname="ATest" time="0.195"/>
  <testcase name="p(int)[2]" classname="ATest" time="0.088">
    <failure message="i is 2 ==&gt; expected: &lt;true&gt; but was: &lt;false&gt;" type="org.opentest4j.AssertionFailedError"><![CDATA[org.opentest4j.AssertionFailedError: i is 2 ==> expected: <true> but was: <false>
]]></failure>
  </testcase>
  <testcase name="bad" classname="ATest" time="0.012">
    <failure message="expected: &lt;a&#10;&lt;b&gt;&gt; but was: &lt;c&quot;&amp;&apos;&gt;" type="org.opentest4j.AssertionFailedError"><![CDATA[...
]]></failure>
  </testcase>
  <testcase name="error" classname="ATest" time="0.002">
    <error message="no server" type="java.lang.IllegalStateException"><![CDATA[java.lang.IllegalStateException: no server
LOG

repeated='<testsuite version="3.0.2" name="ATest" tests="2" errors="0" skipped="0" failures="1" flakes="1">
  <testcase name="p(int)[2]" classname="ATest" time="0.001">
    <flakyError message="p &lt;2" type="java.lang.IllegalStateException">
  </testcase>
  <testcase name="bad" classname="ATest" time="0.013">
    <failure message="always" type="org.opentest4j.AssertionFailedError"><![CDATA[...
    <rerunFailure message="always" type="org.opentest4j.AssertionFailedError">'

check "a test that passed when repeated is unstable" "ATest.p(int)[2]: p <2" unstable_in_reports <<<"$repeated"

check "and is counted as passed" "1 1 0" counts_in_reports <<<"$repeated"

check "and one that failed twice has failed once" "ATest.bad: always" failed_in_reports <<<"$repeated"

# parts SCRIPT: what a test.sh of this body prints, without the times, and what it counts and notes.
parts() {
    local work=$place/parts
    rm -rf "$work" && mkdir "$work"
    work=$work tools=$tools bash -c '
        . "$tools/parts.sh"
        run_good() { echo good begins; count 3 0 1; sleep 1; }
        run_bad() { count 1 2 0; note "bad failed"; }
        run_killed() { kill -KILL $BASHPID; }
        . "$0"' "$1" 2>&1 | sed 's/ took .*//'
    awk '{ print $1, $2, $3, $4 }' "$work/parts"
    cat "$work/failures" 2>/dev/null
}

check "parts beside another one are counted once, and printed after it" "
== beside what comes next: good bad
   bad
good begins
   good
4 2 1
bad 1 2 0
good 3 0 1
bad failed" parts <<'SCRIPT'
start_beside good bad
part bad
end_beside
sum_of_parts
SCRIPT

check "a part that was killed has failed, as have those behind it" "
== beside what comes next: killed good
   FAILED: killed did not come to its end
   FAILED: good did not come to its end
killed 0 1 0
good 0 1 0
killed did not come to its end; see target/test/beside.log
good did not come to its end; see target/test/beside.log" parts <<'SCRIPT'
start_beside killed good
end_beside
SCRIPT

# The processor's time is that of what the part has started, in whatever process it runs.
check "a part's seconds are told, and what the processors did" "busy yes
busy yes" parts <<'SCRIPT'
run_busy() { bash -c 'ulimit -t 2; while :; do :; done'; }
start_beside busy >"$work/unused"
end_beside >"$work/unused"
rmdir "$work/begun/busy"
part busy >"$work/unused" 2>&1
awk '{ print $1, ($5 >= 2 && $6 >= 1 && $6 <= 3 ? "yes" : $0) }' "$work/parts"
: >"$work/parts"
SCRIPT

check "the table has the slowest part first" "   part        seconds processors  passed  failed skipped
   slow             30         20       1       2       3
   fast              4          5       6       0       0" parts <<'SCRIPT'
printf 'fast 6 0 0 4 5\nslow 1 2 3 30 20\n' >"$work/parts"
table_of_parts
: >"$work/parts"
SCRIPT

# A part that is left alone would go on, with its servers.
check "what runs beside ends with the script" "ended" parts <<'SCRIPT'
run_long() { sleep 47.1147; }
bash -c '. "$tools/parts.sh"; run_long() { sleep 47.1147; }; start_beside long; sleep 1; exit' >"$work/unused"
for _ in 1 2 3 4 5 6 7 8 9 10; do ps -eo args | grep -q '^sleep 47.1147' || break; sleep 0.1; done
ps -eo args | grep '^sleep 47.1147' || echo ended
: >"$work/parts"
SCRIPT

echo "counts $passed $failed 0"
[ "$failed" = 0 ]

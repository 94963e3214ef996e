#!/usr/bin/env bash
# Everything a change must pass: dependency rules, compilation without warnings, tests, format.
#
# usage: scripts/check.sh [--fix] [MAVEN_OPTION...]
#   --fix   format the sources first
# Further options go to Maven, e.g. -o (no network) or -Dtest=RoomsTest.
set -euo pipefail

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
if [ "${1:-}" = --fix ]; then
  shift
  mvn -B -q "$@" spotless:apply
fi

# Maven's own progress is dropped; warnings, errors, what tests print on failure and the counts remain.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
mvn -B -ntp -Dstyle.color=never "$@" verify >"$log" 2>&1 || status=$?
grep -vE '^\[INFO\] *$|^\[INFO\] (---|Scanning|Building|Finished|Total time|Rule [0-9]|Copying|Nothing to|Changes detected|Recompiling|Compiling|Wrote|skip non|Using auto|Running |Index file|from pom|[^ ]+ already exists)|^\[INFO\] -{5}' "$log" || true
exit "$status"

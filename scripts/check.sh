#!/usr/bin/env bash
# Everything a change must pass: dependency rules, compilation without warnings, tests, format.
#
# usage: scripts/check.sh [--fix] [MAVEN_OPTION...]
#   --fix   format the sources first
# Further options go to Maven, e.g. -o (no network) or -Dtest=RoomsTest.
#
# Where g++ is there, tests also run on the simulated CUDA device; else they are skipped and say so. Set
# VOLUTA_CUDA_SIMULATOR to the folder of another one, or to nothing for none.
set -euo pipefail

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
if [ "${1:-}" = --fix ]; then
  shift
  mvn -B -q "$@" spotless:apply
fi

if [ -z "${VOLUTA_CUDA_SIMULATOR+set}" ] || [ "$VOLUTA_CUDA_SIMULATOR" = 1 ]; then
  built=0
  scripts/build-simulator.sh || built=$?
  case $built in
    0) export VOLUTA_CUDA_SIMULATOR=$PWD/target/simulator ;;
    3) unset VOLUTA_CUDA_SIMULATOR ;; # not on this machine
    *) exit "$built" ;;
  esac
fi

# The same sources draw the same random cases, other sources others.
tree=$(git rev-parse 'HEAD^{tree}' 2>/dev/null | cut -c1-12) || tree=
seed=$((16#${tree:-1}))

# Maven's own progress is dropped; warnings, errors, what tests print on failure and the counts remain.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
mvn -B -ntp -Dstyle.color=never "-Dvoluta.random.seed=$seed" "$@" verify >"$log" 2>&1 || status=$?
grep -vE '^\[INFO\] *$|^\[INFO\] (---|Scanning|Building|Finished|Total time|Rule [0-9]|Copying|Nothing to|Changes detected|Recompiling|Compiling|Wrote|skip non|Using auto|Running |Index file|from pom|[^ ]+ already exists)|^\[INFO\] -{5}' "$log" || true
exit "$status"

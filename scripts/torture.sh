#!/usr/bin/env bash
# Tortures training runs and prints the table of docs/reliability.md.
# usage: scripts/torture.sh [SECONDS [SEED]]     default: 300 seconds, a seed of its own
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mvn -o -q -B -Dspotless.check.skip=true test-compile 2>/dev/null || mvn -q -B -Dspotless.check.skip=true test-compile
list=$(mktemp)
trap 'rm -f "$list"' EXIT
mvn -o -q -B dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$list"
java -cp "target/test-classes:target/classes:$(cat "$list")" voluta.cli.Torture "$@"

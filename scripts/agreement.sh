#!/usr/bin/env bash
# Trains small networks, each from five seeds, and prints how far Grad-CAM and occlusion agree in them on carried test pictures:
# the table of docs/visualize.md. Takes minutes for each network.
# usage: scripts/agreement.sh [FROM TO [NETWORK...] [SEED...]]
#        pictures FROM to TO without the latter (0 300); gap, gap_placed, gap_placed_smaller, resnet20, lenet5 (all); seeds (11 to 15)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mvn -o -q -B -Dspotless.check.skip=true test-compile 2>/dev/null || mvn -q -B -Dspotless.check.skip=true test-compile
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mvn -o -q -B dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$work/classpath"
from=${1:-0} to=${2:-300}
shift $(($# < 2 ? $# : 2))
java @scripts/jvm.options -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -cp "target/test-classes:target/classes:$(cat "$work/classpath")" voluta.visualize.AgreementTable "$from" "$to" "${@^^}"

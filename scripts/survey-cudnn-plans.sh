#!/usr/bin/env bash
# Asks the real cuDNN, on a machine without a GPU, which plans it has for the convolutions of the shipped networks and of all
# cases on a T4, an A100 and an H100: from cuDNN 9.8 on its graph interface makes plans for devices that are only described.
# Lines with "sums": those that add up their result for the batch normalization behind them.
# Nothing is computed. The driver is that of the simulated device, so g++ is needed.
#
# usage: scripts/survey-cudnn-plans.sh FOLDER...
#   FOLDER   where libcudnn.so.9 and its parts, libcublas.so.13 and libcublasLt.so.13 are; NVIDIA's Python wheels have them in
#            nvidia/cudnn/lib and nvidia/cu13/lib
# MISSING=1 lists what there is no plan for.
set -euo pipefail

if [ $# -lt 1 ]; then
  sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
folders=()
for folder in "$@"; do folders+=("$(cd -P "$folder" && pwd)"); done
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/build-simulator.sh
mvn -o -q -B -Dspotless.check.skip=true test-compile 2>/dev/null || mvn -q -B -Dspotless.check.skip=true test-compile
libraries=$(mktemp -d)
trap 'rm -rf "$libraries"' EXIT
ln -s "$PWD/target/simulator/libcuda.so.1" "$libraries"
for folder in "${folders[@]}"; do
  for file in "$folder"/lib*.so*; do ln -sf "$file" "$libraries"; done
done
VOLUTA_CUDA_SIMULATOR=$libraries java ${MISSING:+-Dvoluta.survey.missing=true} \
  -cp "target/test-classes:target/classes:target/lib/*" voluta.backend.cuda.PlanSurvey 2>&1 |
  grep -v '^Could not load symbol cu' # of the simulated driver: engines that are compiled when they are planned need those

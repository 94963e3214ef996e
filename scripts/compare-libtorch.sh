#!/usr/bin/env bash
# Images per second of Voluta and of libtorch on the same network, in turns, with the ratio of their medians.
#
# usage: scripts/compare-libtorch.sh TASK MODEL BATCH PRECISION [ROUNDS]
#   TASK       train or infer (libtorch then has its batch normalization folded into the convolutions)
#   MODEL      lenet5, vgg-small, resnet20 or resnet18
#   PRECISION  f32 or bf16
#   ROUNDS     how many turns each gets; default 3
# The first call downloads libtorch through Maven. WARM, WINDOW and WINDOWS set the timing of a turn, OMP_NUM_THREADS the threads.
# ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 limits both to AVX2.
set -euo pipefail

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ $# -lt 4 ]; then
  sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
task=$1 model=$2 batch=$3 precision=$4 rounds=${5:-3}
warm=${WARM:-3} window=${WINDOW:-1} windows=${WINDOWS:-5}
threads=${OMP_NUM_THREADS:-$(nproc)}

peers=$here/peers
if [ ! -f "$peers/target/classpath.txt" ]; then
  mvn -q -B -ntp -f "$peers/pom.xml" package >&2
fi
case $precision in f32) torch_precision=fp32 ;; *) torch_precision=$precision ;; esac
variant=()
if [ "$task" = infer ]; then variant=(fold); fi

voluta_rate() {
  "$here/voluta" bench "$model" --task "$task" -b "$batch" --precision "$precision" \
    --warmup "$warm" --window "$window" --windows "$windows" --json 2>/dev/null |
    grep -o '"images_per_s": *[0-9.]*' | head -n 1 | grep -o '[0-9.]*$'
}

torch_rate() {
  GOMP_SPINCOUNT=10000 OMP_NUM_THREADS=$threads THREADS=$threads OPENBLAS_NUM_THREADS=1 \
    java -Xmx4g -Dwarm="$warm" -Dwindow="$window" -Dwindows="$windows" \
    -cp "$peers/target/classes:$(cat "$peers/target/classpath.txt")" \
    peers.TorchPeer "$task" "$model" "$batch" "$torch_precision" "${variant[@]}" 2>/dev/null |
    grep -o 'images/s=[0-9.]*' | grep -o '[0-9.]*$'
}

median() {
  sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

ours=() theirs=()
for ((i = 0; i < rounds; i++)); do
  ours+=("$(voluta_rate)")
  theirs+=("$(torch_rate)")
done
a=$(printf '%s\n' "${ours[@]}" | median)
b=$(printf '%s\n' "${theirs[@]}" | median)
awk -v t="$task" -v m="$model" -v n="$batch" -v p="$precision" -v a="$a" -v b="$b" -v o="${ours[*]}" -v h="${theirs[*]}" \
  'BEGIN { printf "%s %s b%s %s: voluta %.1f, libtorch %.1f images/s, ratio %.2f (voluta %s; libtorch %s)\n", t, m, n, p, a, b, a / b, o, h }'

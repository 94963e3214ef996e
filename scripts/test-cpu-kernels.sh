#!/usr/bin/env bash
# Tests native-kernels/cpu against plain loops in double under the address and undefined-behaviour sanitizers, and prints how
# many cases passed. Needs g++ on x86-64 Linux.
#
# usage: scripts/test-cpu-kernels.sh [time | error]
#   time   without sanitizers, measures the convolutions and normalizations of the usual networks on OMP_NUM_THREADS threads (norms on 2) instead
#   error  of the compiled library, prints the largest errors on all shapes of oneDNN's benchmarks instead, in some minutes;
#          after mvn test-compile
set -euo pipefail

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
if [ "${1:-}" = error ]; then
  exec java -Xmx2g -cp "target/test-classes:target/classes:target/lib/*" voluta.backend.onednn.WinogradErrors
fi
source scripts/cpu-kernel-flags.sh
build=target/cpu-kernel-tests
mkdir -p "$build"
flags=(-O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all)
[ "${1:-}" = time ] && flags=(-O3)
compile_cpu_kernels "$build" "${flags[@]}"
for name in batch_norm convolution max_pool updates weight_dots; do
  "$compiler" "${cpu_flags[@]}" "${flags[@]}" "native-kernels/cpu/tests/${name}_test.cpp" "$build"/*.o -o "$build/${name}_test"
  ASAN_OPTIONS=detect_leaks=1 "$build/${name}_test" "$@"
done

#!/usr/bin/env bash
# Tests native-kernels/cpu against plain loops in double under the address and undefined-behaviour sanitizers, on memory that ends
# where forbidden pages begin, and prints how many cases passed. Needs g++ on x86-64 Linux.
#
# usage: scripts/test-cpu-kernels.sh [random COUNT [SEED] | races [COUNT [SEED]] | time | error]
#   random so many random shapes of each pass instead of the fixed ones; with VOLUTA_TEST_FLAGS=-O3, say, as the library is compiled
#          and without the sanitizers, which is ten times as fast
#   races  random shapes, 20 unless told otherwise, under the thread sanitizer, with teams as large as asked for and smaller ones
#   time   without sanitizers, measures the convolutions and normalizations of the usual networks on OMP_NUM_THREADS threads (norms on 2) instead
#   error  of the compiled library, prints the largest errors on all shapes of oneDNN's benchmarks instead, in some minutes;
#          after mvn test-compile
set -euo pipefail

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
mode=${1:-}
case $mode in
  '' | random | races | time) ;;
  error) exec java -Xmx2g -cp "target/test-classes:target/classes:target/lib/*" voluta.backend.onednn.WinogradErrors ;;
  *) # a question, or a mistake
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    case $mode in -h | --help) exit 0 ;; *) exit 2 ;; esac
    ;;
esac
source scripts/cpu-kernel-flags.sh
build=target/cpu-kernel-tests
mkdir -p "$build"
flags=(-O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all)
libraries=()
case $mode in
  time) flags=(-O3) ;;
  races)
    flags=(-O1 -g1 -fsanitize=thread)
    "$compiler" "${cpu_flags[@]}" "${flags[@]}" -c native-kernels/cpu/tests/threads.cpp -o "$build/threads.object"
    libraries=("$build/threads.object" -Wl,--as-needed) # before -fopenmp's own library, which is then not needed
    set -- random "${2:-20}" "${3:-1}"
    ;;
esac
if [ -n "${VOLUTA_TEST_FLAGS:-}" ]; then read -ra flags <<< "$VOLUTA_TEST_FLAGS"; fi
compile_cpu_kernels "$build" "${flags[@]}"
# teams of more threads than there are processors are tested too: they should not spin
[ "$mode" = time ] || export OMP_WAIT_POLICY=passive
for name in batch_norm clip convolution max_pool updates weight_dots; do
  "$compiler" "${cpu_flags[@]}" "${flags[@]}" "native-kernels/cpu/tests/${name}_test.cpp" "$build"/*.o "${libraries[@]}" -o "$build/${name}_test"
  ASAN_OPTIONS=detect_leaks=1 TSAN_OPTIONS=halt_on_error=1 "$build/${name}_test" "$@"
  [ "$mode" != races ] || VOLUTA_TEST_TEAM=2 TSAN_OPTIONS=halt_on_error=1 "$build/${name}_test" "$@"
done

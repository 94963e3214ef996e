#!/usr/bin/env bash
# Builds the CUDA kernels for the CPU with sanitizers, runs their tests there, and prints "N passed, N failed". Needs g++ on
# x86-64 Linux, and no GPU. What is tested is what the kernels compute and touch, not how fast a GPU runs them.
#
# usage: scripts/test-kernels.sh [BUILD_DIRECTORY]
#   BUILD_DIRECTORY   where objects stay for the next run; default target/kernel-tests
set -euo pipefail

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-target/kernel-tests}
compiler=${CXX:-g++}
command -v "$compiler" >/dev/null || { echo "test-kernels.sh needs $compiler; install g++" >&2; exit 1; }
mkdir -p "$build"

# Contraction off: a sum must not depend on which instructions this machine has.
flags=(-std=c++17 -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-strict-aliasing -ffp-contract=off
  -Wall -Wextra -Werror -Wno-unknown-pragmas -Wno-maybe-uninitialized -Inative-kernels -Inative-kernels/tests)
newest=$(find native-kernels -newer "$build/kernel-tests" -print -quit 2>/dev/null || echo none)
if [ ! -x "$build/kernel-tests" ] || [ -n "$newest" ]; then
  export compiler build
  rm -f "$build"/*.o
  printf '%s\n' native-kernels/tests/*.cpp |
    xargs -P "${JOBS:-2}" -I{} bash -c 'nice -n 10 "$compiler" "$@" -c -o "$build/$(basename "{}" .cpp).o" "{}"' compile "${flags[@]}"
  "$compiler" "${flags[@]}" -o "$build/kernel-tests" "$build"/*.o
fi
ASAN_OPTIONS=detect_stack_use_after_return=0 "$build/kernel-tests"

#!/usr/bin/env bash
# Builds the simulated CUDA device (native-kernels/simulator): stand-ins for libcuda, libcudnn and libcublas on which the
# CUDA backend runs without a GPU, for tests. Needs g++ on x86-64 Linux. What is up to date is kept.
#
# usage: scripts/build-simulator.sh [BUILD_DIRECTORY]
#   BUILD_DIRECTORY   where the libraries go; default target/simulator
#
# Environment: CXX (g++), JOBS (compilers at a time, 2)
set -euo pipefail

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-target/simulator}
compiler=${CXX:-g++}
sources=native-kernels/simulator
cuda=13 # the CUDA version that the stand-ins are of

fail() {
  printf 'build-simulator.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || fail 'the simulated CUDA device runs on x86-64 Linux only' 3
command -v "$compiler" >/dev/null || fail "the simulated CUDA device is built with $compiler, which is not installed; install g++" 3

objects=$build/objects
mkdir -p "$objects"
if command -v flock >/dev/null; then
  exec 9>"$build/lock"
  flock 9
fi

# Contraction off: a sum must not depend on which instructions this machine has.
flags=(-std=c++17 -O2 -ftree-vectorize -fvect-cost-model=dynamic -g1 -fPIC -fvisibility=hidden -fno-strict-aliasing -ffp-contract=off
  -Wall -Wextra -Werror -Wno-unknown-pragmas -Wno-maybe-uninitialized -Inative-kernels -Inative-kernels/simulator)
stamp="$("$compiler" -dumpfullversion) ${flags[*]} $cuda"
if [ ! -e "$build/flags" ] || [ "$(cat "$build/flags")" != "$stamp" ]; then
  find "$objects" "$build" -maxdepth 1 -type f ! -name lock -delete
  printf '%s\n' "$stamp" >"$build/flags"
fi

# A file that adds the kernels of one .cu file; rewritten only when its text changes.
kernels_of() {
  local source=$1 to=$2 name
  {
    printf '#define VOLUTA_EMULATION\n#include "%s"\n#include "simulator/trampoline.h"\nnamespace {\nusing namespace simulator;\n' "$(basename "$source")"
    # of a macro, one for each type that its parameter T or N stands for (see include/device.cuh)
    for name in $(tr '\\\n' '  ' <"$source" |
      grep -oE 'extern "C" __global__ void\s+(__launch_bounds__\([^)]*\)\s+)?[a-zA-Z0-9_#]+\(' |
      sed -E 's/.*[ )]([a-zA-Z0-9_#]+)\($/\1/' |
      sed -E '/##T/{s/(.*)/\1 f32\n\1 bf16\n\1 f16/};/##N/{s/(.*)/\1 bf16\n\1 f16/}' |
      awk '{ gsub("##[TN](##)?", $2); print $1 }'); do
      printf 'const bool %s_added = addKernel(Trampoline<%s>::kernel("%s"));\n' "$name" "$name" "$name"
    done
    printf '} // namespace\n'
  } >"$to.new"
  if cmp -s "$to.new" "$to"; then rm "$to.new"; else mv "$to.new" "$to"; fi
}

# Weak functions for what JCuda's natives name and nobody wrote: they say their name and return a code.
stubs_of() {
  local names=$1 code=$2 to=$3
  {
    printf '#include <cstdio>\n#define STUB(name) extern "C" __attribute__((weak, visibility("default"))) int name() { '
    printf 'std::fputs("simulated device: " #name " is not simulated\\n", stderr); return %s; }\n' "$code"
    sed 's/.*/STUB(&)/' "$names"
  } >"$to.new"
  if cmp -s "$to.new" "$to"; then rm "$to.new"; else mv "$to.new" "$to"; fi
}

for source in native-kernels/*.cu; do kernels_of "$source" "$objects/kernel-$(basename "$source" .cu).cpp"; done
stubs_of $sources/driver/names.txt 801 "$objects/driver-stubs.cpp"
stubs_of $sources/cudnn/names.txt 3000 "$objects/cudnn-stubs.cpp"
stubs_of $sources/cublas/names.txt 15 "$objects/cublas-stubs.cpp"

# An object is made again when the text that it is compiled from has changed; dates do not count, since a checkout of
# another branch changes them.
hash_of() { find "$@" -type f | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum | cut -c 1-32; }
headers_of_kernels=$(hash_of native-kernels/emulation native-kernels/include $sources/kernels.h $sources/trampoline.h)
headers=$(find $sources native-kernels/emulation -name '*.h' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-32)
plan=()
declare -A text wanted
need() { # OBJECT SOURCE KEY
  wanted[$objects/$1.o]=yes
  local object=$objects/$1.o
  if [ -e "$object" ] && [ "$(cat "$objects/$1.key" 2>/dev/null)" = "$3" ]; then return; fi
  rm -f "$object"
  printf '%s\n' "$3" >"$objects/$1.key"
  plan+=("$object $2")
}
while read -r key file; do text[$file]=$key; done < <(
  sha256sum native-kernels/*.cu "$objects"/*.cpp $sources/*/*.cpp)
for source in native-kernels/*.cu; do
  name=kernel-$(basename "$source" .cu)
  need "$name" "$objects/$name.cpp" "${text[$source]} ${text[$objects/$name.cpp]} $headers_of_kernels"
done
for part in driver cudnn cublas; do
  need $part-stubs "$objects/$part-stubs.cpp" "${text[$objects/$part-stubs.cpp]}"
  for source in $sources/$part/*.cpp; do need "$part-$(basename "$source" .cpp)" "$source" "${text[$source]} $headers"; done
done
for object in "$objects"/*.o; do # of sources that are gone
  if [ -e "$object" ] && [ -z "${wanted[$object]:-}" ]; then rm -f "$object"; fi
done
if [ "${#plan[@]}" -gt 0 ]; then
  echo "building the simulated CUDA device (${#plan[@]} files) ..." >&2
  export compiler
  printf '%s\n' "${plan[@]}" |
    xargs -P "${JOBS:-2}" -L 1 bash -c 'set -- "$@"; n=$#; object=${*:n-1:1} source=${*:n:1}; set -- "${@:1:n-2}"
      "$compiler" "$@" -c -o "$object.new" "$source" && mv "$object.new" "$object"' compile "${flags[@]}" ||
    fail 'the simulated CUDA device does not compile; see above'
fi

# link NAME OBJECTS-GLOB VERSION-OR-EMPTY LIBRARY...
link() {
  local name=$1 glob=$2 version=$3 library=$build/$1 script=()
  shift 3
  # shellcheck disable=SC2206
  local parts=($glob) object current=yes
  for object in "$objects" "${parts[@]}" "$@"; do [ "$library" -nt "$object" ] || current=no; done
  [ $current = no ] || return 0
  if [ -n "$version" ]; then
    printf '%s { global: %s; local: *; };\n' "$name" "$version" >"$objects/$name.map"
    script=("-Wl,--version-script=$objects/$name.map")
  fi
  "$compiler" -shared "-Wl,-soname,$name" -Wl,-z,defs "${script[@]}" '-Wl,-rpath,$ORIGIN' \
    -o "$library.new" "${parts[@]}" "$@" -lm
  mv "$library.new" "$library"
}
rm -f "$objects"/*.new
link libcuda.so.1 "$objects/driver-*.o $objects/kernel-*.o" ''
link libcudnn.so.9 "$objects/cudnn-*.o" 'cudnn*' "$build/libcuda.so.1"
link libcublas.so.$cuda "$objects/cublas-*.o" 'cublas*' "$build/libcuda.so.1"
printf 'extern "C" int cublasLtCreate() { return 15; }\n' >"$objects/light.new"
if [ ! -e "$build/libcublasLt.so.$cuda" ]; then
  "$compiler" -shared -fPIC -x c++ "-Wl,-soname,libcublasLt.so.$cuda" -o "$build/libcublasLt.so.$cuda" "$objects/light.new"
fi
rm -f "$objects/light.new"

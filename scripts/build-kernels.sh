#!/usr/bin/env bash
# Compiles native-kernels/*.cu to what the CUDA backend loads, so that nobody else needs nvcc: machine code for the chips that
# there are, and PTX, which every driver from CUDA 12 on compiles for the chip at hand, with the hash of their sources. No GPU
# is needed.
#
# usage: scripts/build-kernels.sh [--quick | --all]
#   --quick   assemble for sm_80 alone, and write neither archives nor registers: for use while writing a kernel
#   --all     compile everything anew; otherwise a source whose text, with what it includes, is that of the archives keeps
#             its code and its line in the list of registers
#
# For each source there is PTX for compute_75, and for compute_80, which rounds to bf16 by one instruction. It is assembled
# for every generation of chips; a kernel that spills registers fails the build. JOBS: how many compilers run at once.
set -euo pipefail
shopt -s nullglob # where nothing is compiled, there are no logs

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
quick=false all=false
[ "${1:-}" = --quick ] && quick=true
[ "${1:-}" = --all ] && all=true
kernels=native-kernels
resources=src/main/resources/voluta/backend/cuda/kernels
# A lower version of the language than nvcc writes, so that older drivers take it; ptxas refuses what it does not have.
ptx_version=7.8
declare -A chips=([75]="75" [80]="80 86 89 90 100 120")
$quick && chips=([80]="80")
# The archives, and the folders in each: machine code by generation, since what runs on one runs on its later chips, and since
# code for chips of one generation is so alike that two cost little more than one.
declare -A archives=([ptx]="ptx/75 ptx/80" [sm_7]="sm_7/75" [sm_8]="sm_8/80 sm_8/86 sm_8/89" [sm_9]="sm_9/90" [sm_10]="sm_10/100" [sm_12]="sm_12/120")
# shellcheck disable=SC2206
folders=(${archives[*]})

for tool in nvcc ptxas tar xz; do
  command -v "$tool" >/dev/null || { echo "build-kernels.sh needs $tool; install the CUDA toolkit (13.0), GNU tar and xz-utils" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/log" "${folders[@]/#/$work/}"

# The SHA-256 of each source's path below native-kernels, a line feed, its content's SHA-256 and a line feed, ordered by
# path. KernelArchiveTest computes the same.
hash_sources() {
  (cd "$kernels" && for file in $(printf '%s\n' *.cu include/*.cuh | LC_ALL=C sort); do
    printf '%s\n%s\n' "$file" "$(sha256sum <"$file" | cut -d' ' -f1)"
  done) | sha256sum | cut -d' ' -f1
}

# The SHA-256 of a source's text with that of all it includes, ordered by path.
hash_source() {
  local queue=("$1") seen=" " file
  while [ "${#queue[@]}" -gt 0 ]; do
    file=${queue[0]}
    queue=("${queue[@]:1}")
    [[ "$seen" == *" $file "* || "$file" == emulation/* ]] && continue
    seen+="$file "
    while read -r included; do # "include/x.cuh" from a kernel, "x.cuh" from a header
      if [ -f "$kernels/$included" ]; then queue+=("$included"); elif [ -f "$kernels/include/$included" ]; then queue+=("include/$included"); fi
    done < <(sed -nE 's/^#include "([^"]+)".*/\1/p' "$kernels/$file")
  done
  (cd "$kernels" && printf '%s\n' $seen | LC_ALL=C sort | xargs sha256sum) | sha256sum | cut -d' ' -f1
}

# One source for one PTX level: compile, lower the version, assemble for its chips.
compile() {
  local source=$1 level=$2 name ptx chip
  name=$(basename "$source" .cu)
  ptx="$work/ptx/$level/$name.ptx"
  nvcc -std=c++17 -O3 -ptx "-arch=compute_$level" -Wno-deprecated-gpu-targets -o "$ptx" "$source"
  sed -i -E "s/^\.version .*/.version $ptx_version/; /^\/\//d; /^[[:space:]]*$/d" "$ptx"
  for chip in $3; do
    ptxas -v "-arch=sm_$chip" -o "$work/sm_$((chip / 10))/$chip/$name.cubin" "$ptx" 2>"$work/log/$name.sm_$chip"
  done
}
export -f compile
export work ptx_version

# What the archives have from the same text is taken from there.
changed=()
: >"$work/sources"
mkdir "$work/old"
if [ -f "$resources/sources" ]; then
  cp "$resources/sources" "$work/old/"
  for archive in "${!archives[@]}"; do mkdir "$work/old/$archive" && tar -xJf "$resources/$archive.tar.xz" -C "$work/old/$archive"; done
else
  touch "$work/old/sources"
fi
for source in "$kernels"/*.cu; do
  name=$(basename "$source" .cu)
  line="$name $(hash_source "$name.cu")"
  echo "$line" >>"$work/sources"
  if ! $quick && ! $all && grep -qxF "$line" "$work/old/sources"; then
    for folder in "${folders[@]}"; do cp "$work/old/$folder/$name".* "$work/$folder/"; done
  else
    changed+=("$source")
  fi
done
[ "${#changed[@]}" -gt 0 ] && for level in "${!chips[@]}"; do
  for source in "${changed[@]}"; do printf '%s\0%s\0%s\0' "$source" "$level" "${chips[$level]}"; done
done | xargs -0 -n 3 -P "${JOBS:-2}" bash -euo pipefail -c 'compile "$1" "$2" "$3"' compile

# "kernel sm_90 registers shared-bytes spill-bytes" for each kernel and chip.
awk '
  FNR == 1 { n = split(FILENAME, part, "."); chip = part[n] }
  /Compiling entry function/ { split($0, q, "\047"); kernel = q[2] }
  /bytes spill stores/ { for (i = 1; i <= NF; i++) if ($i == "spill") spilled += $(i - 2); frame = $0 ~ /^ *0 bytes stack frame/ ? 0 : 1 }
  /Used [0-9]+ registers/ {
    shared = 0
    for (i = 1; i <= NF; i++) { if ($i == "registers,") registers = $(i - 1); if ($i == "smem") shared = $(i - 2) }
    print kernel, chip, registers, shared, spilled + 0, frame; spilled = 0; frame = 0
  }' "$work"/log/*.sm_* /dev/null | LC_ALL=C sort >"$work/registers"

if awk '$5 > 0 { print "spills " $5 " bytes: " $1 " on " $2; found = 1 } END { exit !found }' "$work/registers" >&2; then exit 1; fi
awk '$6 > 0 { print "note: uses a stack frame: " $1 " on " $2 }' "$work/registers" >&2
if $quick; then
  awk '{ print $1, $3, "registers,", $4, "bytes shared" }' "$work/registers"
  exit 0
fi

# Which file defines which kernel, for the loader.
for ptx in "$work"/ptx/75/*.ptx; do
  sed -nE "s/^\.visible \.entry ([a-z0-9_]+)\(.*/\1 $(basename "$ptx" .ptx)/p" "$ptx"
done | LC_ALL=C sort >"$work/index"

# The registers of what was not compiled anew.
awk -v chips="sm_75 sm_80 sm_86 sm_89 sm_90 sm_100 sm_120" '
  FILENAME == ARGV[1] { current[$1] = 1; next }
  FILENAME == ARGV[2] { compiled[$1] = 1; next }
  !/^#/ && ($1 in current) && !($1 in compiled) { k = split(chips, chip, " "); for (i = 1; i <= k; i++) print $1, chip[i], $(i + 1), $9, 0, 0 }
' "$work/index" "$work/registers" "$kernels/registers.txt" >"$work/kept"
LC_ALL=C sort "$work/kept" "$work/registers" -o "$work/registers"

{
  echo "# Registers per thread by chip, then bytes of static shared memory; no kernel spills. Written by scripts/build-kernels.sh."
  awk '
    { if (!($1 in seen)) { seen[$1] = 1; order[++n] = $1 } r[$1, $2] = $3; if ($4 + 0 > s[$1] + 0) s[$1] = $4 }
    END {
      k = split("sm_75 sm_80 sm_86 sm_89 sm_90 sm_100 sm_120", chip, " ")
      printf "%-42s", "# kernel"; for (i = 1; i <= k; i++) printf " %6s", chip[i]; print " shared"
      for (j = 1; j <= n; j++) {
        printf "%-42s", order[j]; for (i = 1; i <= k; i++) printf " %6s", r[order[j], chip[i]]; printf " %6d\n", s[order[j]]
      }
    }' "$work/registers"
} >"$kernels/registers.txt"

mkdir -p "$resources"
cp "$work/index" "$work/sources" "$resources/"
for archive in "${!archives[@]}"; do # same sources, same bytes
  (cd "$work/$archive" && tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=644 --mtime=@0 -cf - -- */*) |
    xz -T1 -9e >"$resources/$archive.tar.xz"
done
hash_sources >"$resources/sha256"
echo "$(wc -l <"$work/index") kernels, ${#changed[@]} of $(wc -l <"$work/sources") sources compiled, $(cat "$resources"/*.xz | wc -c) bytes, sources $(cut -c1-12 "$resources/sha256")"

#!/usr/bin/env bash
# Compiles native-kernels/cpu to the library that the oneDNN backend loads on Linux on x86-64, so that nobody else needs a
# compiler: it is committed with the hash of its sources beside it. Needs g++ and a JDK (for jni.h).
#
# usage: scripts/build-cpu-kernels.sh
set -euo pipefail

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/cpu-kernel-flags.sh
resources=src/main/resources/voluta/backend/onednn
library=$resources/linux-x86_64/libvoluta_cpu.so
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
# the oldest C library that the result may need: that of Debian 10 and Red Hat 8
oldest_glibc=2.28

# The SHA-256 of each source's name, a line feed, its content's SHA-256 and a line feed, ordered by name. WinogradLibraryTest
# computes the same, and NativeKernels takes no library that says another.
sources=$(cd native-kernels/cpu && for file in $(printf '%s\n' *.cpp *.h *.inl | LC_ALL=C sort); do
  printf '%s\n%s\n' "$file" "$(sha256sum <"$file" | cut -d' ' -f1)"
done | sha256sum | cut -d' ' -f1)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile_cpu_kernels "$work" -O3 -fPIC -fvisibility=hidden
"$compiler" "${cpu_flags[@]}" -O2 -fPIC -fvisibility=hidden "-DVOLUTA_SOURCES=\"$sources\"" "-I$java_home/include" "-I$java_home/include/linux" \
  -c native-kernels/cpu/library.cpp -o "$work/library.o"
mkdir -p "$(dirname "$library")"
# libgomp is that of oneDNN: the library finds it by name, already loaded
"$compiler" -shared -s -static-libgcc -static-libstdc++ -Wl,--build-id=none -Wl,-z,noexecstack -o "$library" "$work"/*.o \
  -Wl,--as-needed -lgomp

needed=$(objdump -T "$library" | grep -oE 'GLIBC_[0-9.]+' | sort -Vu | tail -1)
if [ "$(printf '%s\n' "${needed#GLIBC_}" "$oldest_glibc" | sort -V | tail -1)" != "$oldest_glibc" ]; then
  echo "the library needs $needed, more than $oldest_glibc: see objdump -T $library" >&2
  exit 1
fi

echo "$sources" >"$library.sha256"
echo "$library: $(stat -c %s "$library") bytes, needs $needed, sources $(cut -c1-12 "$library.sha256")"

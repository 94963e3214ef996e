#!/bin/sh
# Starts Voluta from the folder above this file, with the Java runtime in it. Needs nothing but a POSIX shell and glibc.
#
# Environment:
#   VOLUTA_JAVA_OPTS   further options for the JVM, split at spaces, e.g. "-Xmx8g"
#   VOLUTA_CACHE_DIR   where CUDA's bindings are unpacked for a moment; without it a private folder under /tmp
#   OMP_NUM_THREADS    threads of all that computes on the CPU, unless --threads says; without it the cores this process may use
set -eu

path=$0
while [ -L "$path" ]; do
  target=$(readlink "$path")
  case $target in
    /*) path=$target ;;
    *) path=$(dirname "$path")/$target ;;
  esac
done
root=$(cd -P "$(dirname "$path")/.." && pwd)
case $root in
  *:*)
    echo "voluta: Java cannot load classes from a folder with a colon in its name: move $root" >&2
    exit 1
    ;;
esac

# The C++ runtime that oneDNN and JCuda ask for comes with almost every system, then as new as its glibc; where there is
# none, the one beside this program is taken.
has_cxx=false
for folder in /usr/lib/x86_64-linux-gnu /lib/x86_64-linux-gnu /usr/lib64 /lib64 /usr/lib /lib; do
  if [ -e "$folder/libstdc++.so.6" ] && [ -e "$folder/libgcc_s.so.1" ]; then has_cxx=true; fi
done
if ! $has_cxx; then export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$root/fallback"; fi

# The cores this process may use: affinity as nproc sees it, and the quota of a container, which it does not see.
if [ -z "${OMP_NUM_THREADS:-}" ] && cores=$(nproc 2>/dev/null); then
  quota=max period=100000
  if [ -r /sys/fs/cgroup/cpu.max ]; then
    read -r quota period </sys/fs/cgroup/cpu.max
  elif [ -r /sys/fs/cgroup/cpu/cpu.cfs_quota_us ]; then
    read -r quota </sys/fs/cgroup/cpu/cpu.cfs_quota_us
    read -r period </sys/fs/cgroup/cpu/cpu.cfs_period_us
  fi
  case $quota in
    '' | max | -1) ;;
    *)
      quota=$(((quota + period - 1) / period))
      if [ "$quota" -lt "$cores" ]; then cores=$quota; fi
      ;;
  esac
  export OMP_NUM_THREADS="$cores"
fi
# Idle threads spin only briefly, so that they do not hold back data loading.
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-10000}"

# Java reads and writes names of files in the character set of the locale, and those that are the default in containers,
# services and cron have nothing beyond ASCII.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
  '' | C | POSIX) if [ -n "${LC_ALL:-}" ]; then export LC_ALL=C.UTF-8; else export LC_CTYPE=C.UTF-8; fi ;;
esac

set -f # split at spaces, expand nothing
# shellcheck disable=SC2086
exec "$root/runtime/bin/java" "@$root/lib/jvm.options" "-Djava.library.path=$root/native" \
  "-Dorg.bytedeco.javacpp.cachedir=$root/native" ${VOLUTA_JAVA_OPTS:-} -cp "$root/lib/voluta.jar" voluta.cli.Main "$@"

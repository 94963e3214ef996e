#!/usr/bin/env bash
# Makes target/voluta-VERSION-linux-x86_64.tar.xz: the program with a Java runtime of its own, for a machine that has
# glibc, for a GPU the NVIDIA driver and CUDA's libraries, and nothing else.
#
# usage: scripts/bundle.sh [--fast | --folder FOLDER] [--max-glibc VERSION]
#   --fast        compress less, for trying out
#   --folder      make this folder instead of an archive, as the container images do; it must not exist
#   --max-glibc   fail if anything in it asks for a newer glibc; default 2.34, which oneDNN's library asks for
#
# Environment:
#   VOLUTA_BUNDLE_JAVA_HOME   the JDK whose runtime goes in; else a Temurin 25 below /usr/lib/jvm, JAVA_HOME, java on PATH.
#                             Temurin asks for glibc 2.17, Debian's own for 2.34
#
# Needs jlink (in a JDK), binutils, unzip, zip, xz and GNU tar. Two runs over the same build give the same bytes.
set -euo pipefail

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
limit=60 # MiB packed
max_glibc=2.34
xz_level=-9
into=
while [ $# -gt 0 ]; do
  case $1 in
    --fast) xz_level=-1 ;;
    --folder) into=${2:?--folder needs a folder} && shift ;;
    --max-glibc) max_glibc=${2:?--max-glibc needs a version} && shift ;;
    *) echo "bundle.sh: there is no option $1; there are --fast, --folder and --max-glibc" >&2 && exit 2 ;;
  esac
  shift
done

fail() {
  echo "bundle.sh: $1" >&2
  exit 1
}

for tool in readelf unzip zip xz tar; do
  command -v "$tool" >/dev/null || fail "$tool is not there; install binutils, unzip, zip, xz-utils and tar"
done
[ -z "$into" ] || [ ! -e "$into" ] || fail "$into exists; name a folder that does not"

# The modules that the program and its libraries use: what jdeps finds, less java.sql, which Jackson has optional code for,
# and java.logging, which JCuda uses, named since it came with java.sql.
modules=java.base,java.desktop,java.logging,jdk.management,jdk.unsupported

choose_jdk() {
  local candidate
  for candidate in "${VOLUTA_BUNDLE_JAVA_HOME:-}" /usr/lib/jvm/temurin-25* "${JAVA_HOME:-}" \
    "$(dirname "$(dirname "$(readlink -f "$(command -v java || echo /none/bin/java)")")")"; do
    if [ -n "$candidate" ] && [ -x "$candidate/bin/jlink" ]; then
      jdk=$candidate
      jdk_version=$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$jdk/release")
      jdk_maker=$(sed -n 's/^IMPLEMENTOR="\(.*\)"/\1/p' "$jdk/release")
      return
    fi
  done
  fail 'no JDK with jlink was found; set VOLUTA_BUNDLE_JAVA_HOME to one'
}

# Into $1. Stored without compression, since xz does better on the whole.
link_runtime() {
  local compress=--compress=0
  [ "${jdk_version%%.*}" -ge 21 ] && compress=--compress=zip-0
  "$jdk/bin/jlink" --add-modules "$modules" --strip-java-debug-attributes --no-header-files --no-man-pages "$compress" \
    --output "$1"
  # Windows, sound, splash screens: these would want X11 and ALSA, and nothing here calls them.
  rm -f "$1"/lib/lib{awt_xawt,jawt,jsound,splashscreen}.so "$1"/bin/{keytool,rmiregistry,jrunscript}
}

# A jar without compression, which xz packs better, and in which files have one fixed date.
store() {
  rm -rf "$work/jar"
  mkdir "$work/jar"
  unzip -qo "$1" -d "$work/jar"
  find "$work/jar" -exec touch -d "@$date" {} +
  unzip -Z1 "$1" | grep -v '/$' | (cd "$work/jar" && zip -q -0 -X -@ "$2")
}

# The jars, and the natives for this system as files, so that nothing is unpacked when the program starts. JCuda's stay in a
# jar: they are fitted to the CUDA libraries of the machine when they are loaded.
collect_jars() {
  local jar jars
  mkdir -p "$1/lib" "$1/native"
  store target/voluta.jar "$1/lib/voluta.jar"
  IFS=: read -r -a jars <target/classpath.txt || [ "${#jars[@]}" -gt 0 ] # no newline at the end
  for jar in "${jars[@]}"; do
    case $jar in
      *jcuda-natives* | *jcudnn-natives* | *jcublas-natives*)
        unzip -qo "target/$jar" 'lib/libJCudaDriver-*' 'lib/libJCublas2-*' 'lib/libJCudnn-*' -d "$work/jcuda" 2>/dev/null ||
          [ $? -eq 11 ] # not all of them are in each of the jars
        ;;
      *-linux-x86_64.jar) unzip -qoj "target/$jar" '*.so*' -d "$1/native" ;;
      *) store "target/$jar" "$1/lib/${jar##*/}" ;;
    esac
  done
  unzip -qoj target/voluta.jar 'voluta/backend/onednn/linux-x86_64/*.so' -d "$1/native"
  for jar in JCudaDriver JCublas2 JCudnn; do
    [ -n "$(find "$work/jcuda" -name "lib$jar-*")" ] || fail "lib$jar is in none of the jars of target/classpath.txt; build anew"
  done
  # Under the name of a jar that voluta.jar's manifest lists. Stored: xz packs it.
  (cd "$work/jcuda" && find lib -type f -exec touch -d "@$date" {} + &&
    find lib -type f | LC_ALL=C sort | zip -q -0 -X -@ "$1/lib/$(basename "$(ls "$OLDPWD"/target/lib/jcuda-natives-*.jar)")")
}

is_elf() {
  [ "$(head -c 4 "$1" | tail -c 3 | tr -d '\0')" = ELF ]
}

# Of one library: "VERSION of glibc"; nothing where it asks for none.
glibc_of() {
  readelf -V "$1" 2>/dev/null | grep -o 'GLIBC_[0-9.]*' | cut -d_ -f2 | sort -Vu | tail -n 1
}

# The newest glibc that the files given ask for, with the name of one that does.
newest_glibc() {
  local file
  for file in "$@"; do
    if is_elf "$file"; then echo "$(glibc_of "$file") ${file##*/}"; fi
  done | sort -V | tail -n 1
}

# Every library that is asked for must be in the bundle, or come with glibc, the driver or CUDA.
check_needed() {
  local folder=$1 file name
  find "$folder" "$work/jcuda" -type f | while read -r file; do
    is_elf "$file" || continue
    for name in $(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
      case $name in
        ld-linux* | libc.so.6 | libm.so.6 | libdl.so.2 | librt.so.1 | libpthread.so.0) continue ;;
        libcuda.so.1 | libcublas.so.12 | libcudnn.so.8) continue ;; # the last two as JCuda has them before they are fitted
      esac
      [ -n "$(find "$folder" -name "$name" -print -quit)" ] || echo "${file##*/} asks for $name"
    done
  done
}

# The C++ runtime of this machine, for machines that have none.
collect_fallback() {
  local name file
  mkdir -p "$1/fallback" "$1/legal"
  for name in libstdc++.so.6 libgcc_s.so.1; do
    file=$(gcc -print-file-name="$name" 2>/dev/null || true)
    [ -f "$file" ] || file=$(find /usr/lib/x86_64-linux-gnu /usr/lib64 /lib/x86_64-linux-gnu -name "$name" -print -quit 2>/dev/null)
    [ -n "$file" ] || fail "$name is not on this machine; install libstdc++6"
    cp -L "$file" "$1/fallback/$name"
  done
  for name in libstdc++6 libgcc-s1; do
    if [ -r "/usr/share/doc/$name/copyright" ]; then cp -L "/usr/share/doc/$name/copyright" "$1/legal/$name"; fi
  done
}

started=$SECONDS
scripts/voluta --version >/dev/null # builds where that is due
version=$(sed -n 's:^  <version>\(.*\)</version>:\1:p' pom.xml | head -n 1)
name=voluta-$version-linux-x86_64
date=$(date -d "$(sed -n 's:.*<project.build.outputTimestamp>\(.*\)</.*:\1:p' pom.xml)" +%s)
archive=target/$name.tar.xz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/$name
mkdir -p "$root/bin"

choose_jdk
link_runtime "$root/runtime"
collect_jars "$root"
collect_fallback "$root"
install -m 755 scripts/bundle-launcher.sh "$root/bin/voluta"
cp scripts/jvm.options "$root/lib/jvm.options"
if [ "${jdk_version%%.*}" -ge 24 ]; then echo '--enable-native-access=ALL-UNNAMED' >>"$root/lib/jvm.options"; fi
cp LICENSE "$root/"

lacking=$(check_needed "$root")
[ -z "$lacking" ] || fail "the bundle would not run where these are not installed: $lacking"
# shellcheck disable=SC2046
java_glibc=$(newest_glibc $(find "$root/runtime" "$work/jcuda" -type f \( -name '*.so*' -o -name java \)))
cpu_glibc=$(newest_glibc "$root"/native/*)
fallback_glibc=$(newest_glibc "$root"/fallback/*)
for need in "$java_glibc" "$cpu_glibc"; do
  [ "$(printf '%s\n' "${need%% *}" "$max_glibc" | sort -V | tail -n 1)" = "$max_glibc" ] ||
    fail "${need#* } asks for glibc ${need%% *}, more than $max_glibc; take another JDK (VOLUTA_BUNDLE_JAVA_HOME)"
done

report() {
  echo "$1, made in $((SECONDS - started)) s"
  echo "Java      $jdk_version of $jdk_maker ($modules)"
  echo "glibc     ${java_glibc%% *} for the program and the CUDA backend (${java_glibc#* }),"
  echo "          ${cpu_glibc%% *} for the CPU backend (${cpu_glibc#* })"
  echo "C++       of the system; where it has none, the one inside, which asks for glibc ${fallback_glibc%% *}"
}

unpacked=$(($(du -sb "$root" | cut -f1) / 1048576))
if [ -n "$into" ]; then
  mkdir -p "$(dirname "$into")"
  cp -r --preserve=mode "$root" "$into"
  report "$into  $unpacked MiB"
  exit
fi
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$date" --mode='u+rw,go=rX,go-w' -C "$work" -cf - "$name" |
  xz -T1 "$xz_level" >"$archive.new"
mv -f "$archive.new" "$archive"
packed=$(($(stat -c %s "$archive") / 1048576))
[ "$packed" -lt "$limit" ] || fail "$archive is $packed MiB; at most $limit are meant"
report "$archive  $packed MiB, unpacked $unpacked MiB"

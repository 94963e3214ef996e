#!/usr/bin/env bash
# Tortures training runs and whatever reads files, and prints the tables of docs/reliability.md.
# usage: scripts/torture.sh [SECONDS [SEED]]     faults of the disk, stops, signals, kills; default: 300 seconds, a seed of its own
#        scripts/torture.sh --kills N [SEED]     so many kills of a saving program, and of a training that saves each step
#        scripts/torture.sh --fuzz MINUTES [TARGET...]
#                                                malformed files: so long in all, one half by Jazzer, one by mutation; all
#                                                kinds of files, or those named (JPEG, WEBP, TAR, ...)
set -euo pipefail
case ${1:-} in
    --kills | --fuzz | [0-9]* | '') ;;
    *) # a question, or a mistake
        sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        case $1 in -h | --help) exit 0 ;; *) exit 2 ;; esac
        ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

profile=()
if [ "${1:-}" = --fuzz ]; then profile=(-Pfuzz); fi
mvn -o -q -B -Dspotless.check.skip=true "${profile[@]}" test-compile 2>/dev/null \
    || mvn -q -B -Dspotless.check.skip=true "${profile[@]}" test-compile
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mvn -o -q -B "${profile[@]}" dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$work/classpath"
# Copies, which what is compiled meanwhile does not reach; and as archives, from which a JVM starts sooner.
jar --create --file "$work/tests.jar" -C target/test-classes .
jar --create --file "$work/voluta.jar" -C target/classes .
classpath="$work/tests.jar:$work/voluta.jar:$(cat "$work/classpath")"
if [ "${1:-}" != --fuzz ]; then
    java -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$classpath" voluta.cli.Torture "$@"
    exit
fi

# Inputs pass through files: in memory where there is a place for that.
scratch=$work
if [ -w /dev/shm ]; then scratch=$(mktemp -d -p /dev/shm) && trap 'rm -rf "$work" "$scratch"' EXIT; fi
options=(-Xmx1g -Djava.awt.headless=true -Djava.io.tmpdir="$scratch" -Dorg.slf4j.simpleLogger.defaultLogLevel=off
    -Dorg.bytedeco.javacpp.nopointergc=true -cp "$classpath")
findings=$PWD/target/fuzz
mkdir -p "$findings"
java "${options[@]}" voluta.fuzz.Fuzz seeds "$work/seeds"
targets=("${@:3}")
if [ "${#targets[@]}" = 0 ]; then mapfile -t targets < <(java "${options[@]}" voluta.fuzz.Fuzz targets); fi
for target in "${targets[@]}"; do
    [ -d "$work/seeds/$target" ] || { echo "no kind of file is called $target; use $(ls "$work/seeds" | xargs)" >&2; exit 2; }
done
seconds=$((60 * ${2:?how many minutes?} / 2 / ${#targets[@]}))
[ "$seconds" -gt 0 ] || seconds=1

# 1,445,997 of 1445997, whatever the locale.
thousands() { sed -E ':more; s/^([0-9]+)([0-9]{3})/\1,\2/; t more' <<< "$1"; }

echo "| input | by Jazzer, led by coverage | by mutation | uncaught |"
echo "|---|---|---|---|"
for target in "${targets[@]}"; do
    mkdir -p "$findings/corpus/$target"
    # A manifest may name pictures anywhere, so that a path out of its folder is no finding.
    # Jazzer takes -Xmx of this JVM as its limit; what it has learnt stays in the corpus for the next time.
    if ! java "${options[@]}" -Dvoluta.fuzz.target="$target" com.code_intelligence.jazzer.Jazzer \
        --target_class=voluta.fuzz.Fuzz --instrumentation_includes='voluta.**:com.twelvemonkeys.**' \
        --disabled_hooks=com.code_intelligence.jazzer.sanitizers.FilePathTraversal \
        --reproducer_path="$findings" -artifact_prefix="$findings/$target-" -max_total_time="$seconds" -timeout=60 \
        "$findings/corpus/$target" "$work/seeds/$target" > "$findings/$target.log" 2>&1; then
        echo "$target: a finding, see $findings/$target.log; put its input into src/test/resources/voluta/fuzz/$target" >&2
        exit 1
    fi
    guided=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$findings/$target.log")
    # The reader of WebP throws and catches an exception for each byte that is missing: without their traces it is 16 times as
    # fast. A finding's input shows its trace again in FuzzTest.
    mutated=$(java -XX:-StackTraceInThrowable "${options[@]}" voluta.fuzz.Fuzz mutate "$target" "$seconds" "$RANDOM" | awk '{print $2}')
    printf '| %s | %s | %s | 0 |\n' "$(tr 'A-Z_' 'a-z ' <<< "$target")" "$(thousands "$guided")" "$(thousands "$mutated")"
done

#!/usr/bin/env bash
# Proves an installation on the GPU of this machine, in one go: what doctor finds, a captured step against single calls, all op
# cases in f32, bf16 and f16, whole networks against another backend, speed, NVIDIA's compute-sanitizer where it is installed,
# and data on the device and a resumed run against an ordinary one. What tells most comes first, each result is written down
# when it is there, and nothing that hangs or fails stops what follows. Ends with exit code 1 if anything failed.
#
# usage: scripts/check-gpu.sh [FOLDER]
#   FOLDER      gets summary.txt, a line for each check, and log.txt, what they wrote; default target/gpu-check
#
# Environment:
#   VOLUTA      the launcher to check; default that of this checkout (a bundle's bin/voluta needs no JDK)
#   PARTS       which of "doctor capture selftest parity bench sanitizer modes", in the order wanted; default these
#   LIMIT       seconds for one check, after which it is ended; default 300
#   TIME        seconds for everything: what would begin later is left out, what runs then is ended; default 0, no limit
#   STEPS       of the runs that are compared; default 50
#   MODELS      networks and batches to measure; default "lenet5:64 lenet5:128 resnet20:128 resnet50:256 vgg-small:128
#               resnet20:1024 resnet18:256 mobilenet_v2:256"
#   KINDS       which of "bf16 f32 tf32 f16" to measure, in the order wanted; default these
#   PEER        a Python program that is measured beside each network, called as "PEER train MODEL BATCH --dtype
#               fp32|tf32|bf16 --mode MODE"; its last line is what it says
#   PEER_MODES  its modes; default "graph eager"; those that take minutes to start belong into a call of their own
set -uo pipefail

case ${1:-} in
  -*) # a question, or a mistake
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    case $1 in -h | --help) exit 0 ;; *) exit 2 ;; esac
    ;;
esac
here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here/../target/gpu-check}
voluta=${VOLUTA:-$here/voluta}
parts=${PARTS:-doctor capture selftest parity bench sanitizer modes}
limit=${LIMIT:-300}
time=${TIME:-0}
steps=${STEPS:-50}
models=${MODELS:-lenet5:64 lenet5:128 resnet20:128 resnet50:256 vgg-small:128 resnet20:1024 resnet18:256 mobilenet_v2:256}
kinds=${KINDS:-bf16 f32 tf32 f16}
peer_modes=${PEER_MODES:-graph eager}
failed=0

fail() {
  echo "check-gpu.sh: $1" >&2
  exit 2
}

for part in $parts; do
  case $part in
    doctor | capture | selftest | parity | bench | sanitizer | modes) ;;
    *) fail "there is no part $part; there are doctor, capture, selftest, parity, bench, sanitizer and modes" ;;
  esac
done
for kind in $kinds; do
  case $kind in bf16 | f32 | tf32 | f16) ;; *) fail "there is no kind $kind; there are bf16, f32, tf32 and f16" ;; esac
done
for each in $models; do
  [[ $each =~ ^[^:]+:[0-9]+$ ]] || fail "$each is no network and batch, such as lenet5:64"
done
for number in "$limit" "$time" "$steps"; do
  [[ $number =~ ^[0-9]+$ ]] || fail "$number is no number of seconds or steps"
done
[ -x "$voluta" ] || fail "$voluta is no program; set VOLUTA to the launcher"
[ -z "${PEER:-}" ] || [ -r "$PEER" ] || fail "PEER names $PEER, which cannot be read"
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$out/summary.txt"
: >"$out/log.txt"

say() { printf '%-34s %-10s %4s  %s\n' "$@" | tee -a "$out/summary.txt"; }

# Something that this machine does not allow: no failure, but no proof either.
left_out() { say "$1" 'left out' '' "$2"; }

# check NAME COMMAND...: runs it and says how it ended, how many seconds it took, and its last line that is no hint what to do
# next. A function is run as it is, a program for no longer than there is time.
check() {
  local name=$1 begin=$SECONDS code=0 seconds=$limit log=$work/$1.log verdict=passed bounded=()
  shift
  if [ "$time" -gt 0 ]; then
    if [ $((time - SECONDS)) -lt 5 ]; then left_out "$name" "the $time seconds are over" && return; fi
    if [ $((time - SECONDS - 3)) -lt "$seconds" ]; then seconds=$((time - SECONDS - 3)); fi
  fi
  [ "$(type -t "$1")" = function ] || bounded=(timeout -k 3 "$seconds")
  echo "=== $name: $*" >>"$out/log.txt"
  ${bounded[@]+"${bounded[@]}"} "$@" >"$log" 2>&1 </dev/null || code=$?
  if [ "$(wc -l <"$log")" -le 400 ]; then
    cat "$log"
  else
    head -n 200 "$log" && echo '[...]' && tail -n 200 "$log"
  fi | cut -c1-2000 >>"$out/log.txt"
  if [ "$code" != 0 ]; then failed=1 verdict="failed $code"; fi
  case $code in 124 | 137) verdict='timed out' ;; esac
  say "$name" "$verdict" "$((SECONDS - begin)) s" "$(grep -vE '^( |$|next|report|weights)' "$log" | tail -n 1 | cut -c1-150)"
}

doctor() {
  command -v nvidia-smi >/dev/null && nvidia-smi >>"$out/log.txt" 2>&1
  check doctor "$voluta" doctor --backend cuda
}

# short_run NAME OPTION...: trains into run-NAME
short_run() {
  local name=$1
  shift
  check "train-$name" env VOLUTA_CUDA_MEMORY=checked "$voluta" train --backend cuda --deterministic --sched constant \
    --epochs 99 --output "$work/run-$name" --experiment run --max-steps "$steps" "$@"
}

# shellcheck disable=SC2317 # called by same, which check calls
# the tensors behind the header of a run's weights
weights() {
  local file=$work/run-$1/run/weights/last.safetensors header
  [ -f "$file" ] || return 1
  header=$(od -An -tu8 -N8 "$file")
  tail -c +$((9 + header)) "$file" | sha256sum
}

# shellcheck disable=SC2317
# same A B: both runs ended with the same bits
same() {
  local a b
  a=$(weights "$1") && b=$(weights "$2") && [ "$a" = "$b" ] && echo "run-$1 and run-$2: ${a%% *}"
}

# The options of a kind of numbers, in `options`.
of_kind() {
  options=()
  case $1 in
    tf32) options=(--tf32) ;;
    bf16) options=(--amp) ;;
    f16) options=(--amp --amp-dtype float16) ;;
  esac
}

# Whether what cuDNN and cuBLAS do can be captured, and then gives the bits of single calls: with "captured", a step that
# cannot be captured is an error.
capture() {
  local kind mode options
  for kind in f32 bf16 f16; do
    of_kind "$kind"
    for mode in captured eager; do
      VOLUTA_CUDA_MODE=$mode short_run "$kind-$mode" ${options[@]+"${options[@]}"}
    done
    check "same-$kind-eager" same "$kind-captured" "$kind-eager"
  done
}

selftest() {
  local precision option
  for precision in f32 bf16 f16; do check "selftest-$precision" "$voluta" selftest --backend cuda --precision "$precision"; done
  # convolutions by cuDNN's graph interface, which is otherwise only taken where it is measured to be faster
  check selftest-graph env VOLUTA_CUDA_CONVOLUTIONS=graph "$voluta" selftest --backend cuda
  # in f16 convolutions with statistics for batch normalization are among them
  check selftest-graph-f16 env VOLUTA_CUDA_CONVOLUTIONS=graph "$voluta" selftest --backend cuda --precision f16
  for option in deterministic tf32 autotune; do
    check "selftest-$option" "$voluta" selftest --backend cuda --precision f32 "--$option"
  done
}

parity() {
  local model
  for model in lenet5 resnet20; do
    check "parity-$model" "$voluta" parity "$model" --backends cuda,reference --steps 3 -b 8
    check "parity-$model-bf16" "$voluta" parity "$model" --backends cuda,onednn --steps 3 -b 8 --amp
    check "parity-$model-bf16-graph" env VOLUTA_CUDA_CONVOLUTIONS=graph "$voluta" parity "$model" --backends cuda,onednn \
      --steps 3 -b 8 --amp
    check "parity-$model-f16" "$voluta" parity "$model" --backends cuda,reference --steps 3 -b 8 --precision f16
  done
  check parity-mobilenet_v2 "$voluta" parity mobilenet_v2 --backends cuda,onednn --steps 2 -b 4
}

# measure NAME MODEL BATCH INTERFACES OPTION...: images per second, the fastest convolutions that INTERFACES of cuDNN have
measure() {
  local name=$1 model=$2 batch=$3 interfaces=$4
  shift 4
  check "$name" env "VOLUTA_CUDA_CONVOLUTIONS=$interfaces" "$voluta" bench "$model" --task train -b "$batch" --backend cuda \
    --warmup 1 --window 0.5 --windows 5 --json "$@"
  local rate
  rate=$(grep -o '"images_per_s": *[0-9.]*' "$work/$name.log" 2>/dev/null | head -n 1)
  [ -z "$rate" ] || printf '%-34s %s\n' '' "$rate" | tee -a "$out/summary.txt"
}

bench() {
  local kind each mode options
  for kind in $kinds; do
    of_kind "$kind"
    for each in $models; do
      measure "bench-${each/:/-b}-$kind" "${each%%:*}" "${each##*:}" all --autotune ${options[@]+"${options[@]}"}
      if [ -z "${PEER:-}" ] || [ "$kind" = f16 ]; then continue; fi
      for mode in $peer_modes; do
        check "peer-${each/:/-b}-$kind-$mode" python3 "$PEER" train "${each%%:*}" "${each##*:}" --dtype "${kind/#f32/fp32}" \
          --mode "$mode" --seconds 0.5
      done
    done
  done
  # what of it is owed to which interface, and what they do unmeasured
  for each in $models; do
    measure "bench-${each/:/-b}-bf16-classic" "${each%%:*}" "${each##*:}" classic --amp --autotune
    measure "bench-${each/:/-b}-bf16-graph" "${each%%:*}" "${each##*:}" graph --amp
    measure "bench-${each/:/-b}-bf16-unmeasured" "${each%%:*}" "${each##*:}" all --amp
    measure "bench-${each/:/-b}-bf16-compiled" "${each%%:*}" "${each##*:}" compiled --amp
  done
}

sanitizer() {
  local tool op ops=()
  command -v compute-sanitizer >/dev/null ||
    { left_out sanitizer 'compute-sanitizer is not on PATH; it comes with the CUDA toolkit' && return; }
  # our kernels whose threads work together, at all sizes; racecheck also watches what cuDNN runs, so convolutions come last
  for op in BatchNormalization FusedBatchNormalization GroupNormalization LayerNormalization Softmax CrossEntropy Reduction \
    Pooling Prelu Transpose Accuracy GlobalNorm ClipByUnitNorm LossScaling MeanSquaredError SampleCount; do
    ops+=(--op "$op")
  done
  for tool in racecheck memcheck; do
    check "sanitizer-$tool-ops" env VOLUTA_CUDA_MEMORY=raw compute-sanitizer --tool "$tool" --target-processes all \
      --error-exitcode 9 "$voluta" selftest --backend cuda "${ops[@]}"
  done
  for tool in memcheck racecheck initcheck; do
    # raw: each value is an allocation of its own, whose end the tool knows
    check "sanitizer-$tool" env VOLUTA_CUDA_MEMORY=raw compute-sanitizer --tool "$tool" --target-processes all \
      --error-exitcode 9 "$voluta" train --backend cuda --epochs 1 --max-steps 2 --output "$work/run-$tool"
  done
}

modes() {
  [ -d "$work/run-f32-captured" ] || VOLUTA_CUDA_MODE=captured short_run f32-captured
  VOLUTA_CUDA_MODE=checked short_run f32-checked
  check same-f32-checked same f32-captured f32-checked
  short_run device-data --device-data
  check same-device-data same f32-captured device-data
  steps=$((steps / 2)) short_run resumed
  check train-resumed-on "$voluta" train --resume "$work/run-resumed/run" --max-steps "$steps"
  check same-resumed same f32-captured resumed
}

for part in $parts; do
  case $part in
    doctor) doctor ;;
    capture) capture ;;
    selftest) selftest ;;
    parity) parity ;;
    bench) bench ;;
    sanitizer) sanitizer ;;
    modes) modes ;;
  esac
done
echo "summary.txt and log.txt are in $out"
exit "$failed"

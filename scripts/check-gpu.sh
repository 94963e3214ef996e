#!/usr/bin/env bash
# Proves an installation on the GPU of this machine, in one go, and keeps every log: what doctor finds, all op cases in f32,
# bf16 and f16, whole networks against another backend, a captured step against single calls, data on the device and a resumed
# run against an ordinary one, NVIDIA's compute-sanitizer where it is installed, and speed. Ends with a table; exit code 1 if
# anything failed.
#
# usage: scripts/check-gpu.sh [FOLDER]
#   FOLDER      for the logs; default target/gpu-check
#   VOLUTA      the launcher to check; default that of this checkout (a bundle's bin/voluta needs no JDK)
#   PARTS       which of "doctor selftest parity modes sanitizer bench"; default all
#   STEPS       of the runs that are compared; default 50
#   MODELS      networks and batches to measure; default "lenet5:128 vgg-small:128 resnet20:128 resnet20:1024 resnet18:256
#               resnet50:256 mobilenet_v2:256"
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
parts=${PARTS:-doctor selftest parity modes sanitizer bench}
steps=${STEPS:-50}
models=${MODELS:-lenet5:128 vgg-small:128 resnet20:128 resnet20:1024 resnet18:256 resnet50:256 mobilenet_v2:256}
mkdir -p "$out"
out=$(cd "$out" && pwd)
: >"$out/summary.txt"
failed=0

# check NAME COMMAND...: runs it into NAME.log and says how it ended, and its last line that is no hint what to do next
check() {
  local name=$1 begin=$SECONDS code=0
  shift
  "$@" >"$out/$name.log" 2>&1 || code=$?
  [ "$code" = 0 ] || failed=1
  printf '%-34s %-9s %4d s  %s\n' "$name" "$([ "$code" = 0 ] && echo passed || echo "failed $code")" $((SECONDS - begin)) \
    "$(grep -vE '^( |$|next|report|weights)' "$out/$name.log" | tail -n 1 | cut -c1-150)" | tee -a "$out/summary.txt"
}

# Something that this machine does not allow: no failure, but no proof either.
left_out() { printf '%-34s %-9s         %s\n' "$1" 'left out' "$2" | tee -a "$out/summary.txt"; }

wants() { case " $parts " in *" $1 "*) true ;; *) false ;; esac; }

for part in $parts; do
  case $part in
    doctor | selftest | parity | modes | sanitizer | bench) ;;
    *) echo "check-gpu.sh: there is no part $part; there are doctor, selftest, parity, modes, sanitizer and bench" >&2 && exit 2 ;;
  esac
done
command -v nvidia-smi >/dev/null && nvidia-smi >"$out/nvidia-smi.txt" 2>&1

if wants doctor; then check doctor "$voluta" doctor --backend cuda; fi
if wants selftest; then
  check selftest "$voluta" selftest --backend cuda
  for option in deterministic tf32 autotune; do
    check "selftest-$option" "$voluta" selftest --backend cuda --precision f32 "--$option"
  done
  # convolutions by cuDNN's graph interface, which is otherwise only taken where it is measured to be faster
  check selftest-graph env VOLUTA_CUDA_CONVOLUTIONS=graph "$voluta" selftest --backend cuda
fi
if wants parity; then
  for model in lenet5 resnet20; do
    check "parity-$model" "$voluta" parity "$model" --backends cuda,reference --steps 3 -b 8
    check "parity-$model-bf16" "$voluta" parity "$model" --backends cuda,onednn --steps 3 -b 8 --amp
    check "parity-$model-bf16-graph" env VOLUTA_CUDA_CONVOLUTIONS=graph "$voluta" parity "$model" --backends cuda,onednn \
      --steps 3 -b 8 --amp
    check "parity-$model-f16" "$voluta" parity "$model" --backends cuda,reference --steps 3 -b 8 --precision f16
  done
  check parity-mobilenet_v2 "$voluta" parity mobilenet_v2 --backends cuda,onednn --steps 2 -b 4
fi
if wants modes; then
  rm -rf "$out"/run-*
  # short_run NAME OPTION...: trains into run-NAME
  short_run() {
    local name=$1
    shift
    check "train-$name" env VOLUTA_CUDA_MEMORY=checked "$voluta" train --backend cuda --deterministic --sched constant \
      --epochs 99 --output "$out/run-$name" --experiment run --max-steps "$steps" "$@"
  }
  # the tensors behind the header of a run's weights
  weights() {
    local file=$out/run-$1/run/weights/last.safetensors header
    [ -f "$file" ] || return 1
    header=$(od -An -tu8 -N8 "$file")
    tail -c +$((9 + header)) "$file" | sha256sum
  }
  # same A B: both runs ended with the same bits
  same() {
    local a b
    a=$(weights "$1") && b=$(weights "$2") && [ "$a" = "$b" ] && echo "run-$1 and run-$2: ${a%% *}"
  }
  for kind in f32 bf16 f16; do
    options=()
    [ "$kind" = bf16 ] && options=(--amp)
    [ "$kind" = f16 ] && options=(--amp --amp-dtype float16)
    for mode in captured eager; do
      VOLUTA_CUDA_MODE=$mode short_run "$kind-$mode" ${options[@]+"${options[@]}"}
    done
    check "same-$kind-eager" same "$kind-captured" "$kind-eager"
  done
  VOLUTA_CUDA_MODE=checked short_run f32-checked
  check same-f32-checked same f32-captured f32-checked
  short_run device-data --device-data
  check same-device-data same f32-captured device-data
  steps=$((steps / 2)) short_run resumed
  check train-resumed-on "$voluta" train --resume "$out/run-resumed/run" --max-steps "$steps"
  check same-resumed same f32-captured resumed
fi
if wants sanitizer && ! command -v compute-sanitizer >/dev/null; then
  left_out sanitizer 'compute-sanitizer is not on PATH; it comes with the CUDA toolkit'
elif wants sanitizer; then
  for tool in memcheck racecheck initcheck; do
    # raw: each value is an allocation of its own, whose end the tool knows
    check "sanitizer-$tool" env VOLUTA_CUDA_MEMORY=raw compute-sanitizer --tool "$tool" --target-processes all --error-exitcode 9 "$voluta" train \
      --backend cuda --epochs 1 --max-steps 2 --output "$out/run-$tool"
  done
fi
if wants bench; then
  for each in $models; do
    model=${each%%:*} batch=${each##*:}
    for kind in f32 tf32 bf16 f16; do
      options=()
      [ "$kind" = tf32 ] && options=(--tf32)
      [ "$kind" = bf16 ] && options=(--amp)
      [ "$kind" = f16 ] && options=(--amp --amp-dtype float16)
      check "bench-$model-b$batch-$kind" "$voluta" bench "$model" --task train -b "$batch" --backend cuda --autotune \
        --warmup 2 --window 0.5 --windows 5 --json "${options[@]}"
      # what of it is owed to the graph interface, and what that does unmeasured
      if [ "$kind" = bf16 ]; then
        check "bench-$model-b$batch-$kind-classic" env VOLUTA_CUDA_CONVOLUTIONS=classic "$voluta" bench "$model" --task train \
          -b "$batch" --backend cuda --autotune --warmup 2 --window 0.5 --windows 5 --json "${options[@]}"
        check "bench-$model-b$batch-$kind-graph" env VOLUTA_CUDA_CONVOLUTIONS=graph "$voluta" bench "$model" --task train \
          -b "$batch" --backend cuda --warmup 2 --window 0.5 --windows 5 --json "${options[@]}"
      fi
    done
  done
  grep -ho '"images_per_s": *[0-9.]*' "$out"/bench-*.log >/dev/null 2>&1 &&
    for log in "$out"/bench-*.log; do
      printf '%-40s %s\n' "$(basename "$log" .log)" "$(grep -o '"images_per_s": *[0-9.]*' "$log" | head -n 1)"
    done | tee "$out/bench.txt"
fi
echo "logs in $out"
exit "$failed"

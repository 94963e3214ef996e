#!/usr/bin/env bash
# Runs the program under the conditions of its container images, without a container engine: the bundle in an empty root
# file system that is read-only, with a C library and a shell besides, without network, as user 10001 without rights, /tmp
# in memory (where programs cannot be run from, as Docker mounts it) and /runs writable. Trains for some steps and
# looks at what was written. Where scripts/build-simulator.sh has built the simulated CUDA device, trains on that, too, with
# programs in /tmp allowed. Needs root, Linux's unshare and setpriv, and a static busybox.
#
# usage: scripts/check-container.sh [FOLDER]
#   FOLDER    made by scripts/bundle.sh --folder; without it, one is made
# Environment:
#   BUSYBOX   a static busybox; default: the one on PATH
set -euo pipefail

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
[ "$(id -u)" = 0 ] || { echo "check-container.sh mounts file systems: run it as root" >&2; exit 1; }
busybox=${BUSYBOX:-$(command -v busybox || true)}
[ -x "$busybox" ] || { echo "check-container.sh needs a static busybox; install busybox-static or set BUSYBOX" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
bundle=${1:-$work/bundle}
[ $# -gt 0 ] || scripts/bundle.sh --folder "$bundle"
bundle=$(cd "$bundle" && pwd)

root=$work/root
mkdir -p "$root"/{bin,lib64,lib/x86_64-linux-gnu,dev,proc,tmp,runs,opt/voluta,opt/simulator} "$work/runs"
chown 10001:10001 "$work/runs"
cp "$busybox" "$root/bin/busybox"
for applet in sh env readlink dirname nproc; do ln -s busybox "$root/bin/$applet"; done
for library in libc.so.6 libm.so.6 libdl.so.2 librt.so.1 libpthread.so.0; do
  cp -L "/lib/x86_64-linux-gnu/$library" "$root/lib/x86_64-linux-gnu/"
done
cp -L /lib64/ld-linux-x86-64.so.2 "$root/lib64/"

simulator=
tmp=noexec
# inside COMMAND...: in that root
inside() {
  # shellcheck disable=SC2016
  unshare --net --mount --pid --ipc --uts --fork bash -euc '
    root=$1 bundle=$2 runs=$3 simulator=$4 tmp=$5
    shift 5
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount --bind "$bundle" "$root/opt/voluta"
    mount --bind "$runs" "$root/runs"
    [ -z "$simulator" ] || mount --bind "$simulator" "$root/opt/simulator"
    mount -t tmpfs -o "$tmp",nosuid,nodev,mode=1777 tmpfs "$root/tmp"
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    mount -o remount,bind,ro "$root/opt/voluta"
    mount -o remount,bind,ro "$root"
    cd /
    exec setpriv --no-new-privs chroot --userspec=10001:10001 --groups=10001 "$root" \
      /bin/env -i PATH=/bin ${simulator:+VOLUTA_CUDA_SIMULATOR=/opt/simulator} /bin/sh -c "cd / && exec /opt/voluta/bin/voluta \"\$@\"" voluta "$@"
  ' check "$root" "$bundle" "$work/runs" "$simulator" "$tmp" "$@"
}

inside doctor
inside train --epochs 1 --max-steps 20
inside val --checkpoint runs/train
inside parity lenet5 --steps 1
written=$(cd "$work/runs" && find . -type f | LC_ALL=C sort)
echo "$written"
grep -q weights/last.safetensors <<<"$written" || { echo "check-container.sh: nothing was saved" >&2; exit 1; }
if [ -e target/simulator/libcuda.so.1 ]; then
  simulator=$PWD/target/simulator tmp=exec
  inside doctor
  inside train --backend cuda --epochs 1 --max-steps 5 --experiment simulated
else
  echo "note: nothing was tried of CUDA; scripts/build-simulator.sh builds a simulated device for it" >&2
fi
echo "the program runs read-only, without network and without rights"

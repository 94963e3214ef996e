#!/usr/bin/env bash
# Fetches a public dataset into a folder that `--data-dir` accepts. Needs a network; Voluta itself never does.
#
#   scripts/get-data.sh fashion-mnist [DIR]     70,000 grey images, 28x28, ten classes, 30 MB
#   scripts/get-data.sh cifar10       [DIR]     60,000 colour images, 32x32, ten classes, 163 MB
#
# DIR defaults to datasets/NAME. Every file is checked before it appears in DIR under its name; an interrupted
# download leaves nothing half-written there. Needs curl or wget, sha256sum, gzip; for cifar10 also tar.
set -euo pipefail

readonly FASHION_HOME=http://fashion-mnist.s3-website.eu-central-1.amazonaws.com
readonly CIFAR10_URL=https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz
readonly CIFAR10_SHA256=c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd

# SHA-256 of the unpacked content: the same whatever tool compressed the file.
readonly FASHION_FILES='
c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888 train-images-idx3-ubyte.gz
bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9 train-labels-idx1-ubyte.gz
5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b t10k-images-idx3-ubyte.gz
0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34 t10k-labels-idx1-ubyte.gz
'

say() { printf '%s\n' "$*" >&2; }
die() { say "get-data: $*"; exit 1; }
usage() { say "usage: scripts/get-data.sh fashion-mnist|cifar10 [DIR]"; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

fetch() { # URL FILE
  if have curl; then
    curl --fail --location --silent --show-error --retry 3 --connect-timeout 20 --output "$2" "$1"
  elif have wget; then
    wget --quiet --tries=3 --timeout=20 --output-document="$2" "$1"
  else
    die "neither curl nor wget is installed; install one of them"
  fi || die "could not download $1; check the network, or download it by other means into $target"
}

check_fashion_file() { # FILE SHA256
  local sum
  sum=$(gzip -dc -- "$1" 2>/dev/null | sha256sum | cut -d' ' -f1) || return 1
  [ "$sum" = "$2" ]
}

fashion_complete() { # DIR
  local sum name
  while read -r sum name; do
    [ -z "$name" ] && continue
    [ -f "$1/$name" ] && check_fashion_file "$1/$name" "$sum" || return 1
  done <<<"$FASHION_FILES"
}

# Puts the four files into $work from Debian's package; fails quietly where there is no apt or no such package.
fashion_from_debian() {
  have apt-get && have dpkg || return 1
  (cd "$work" && apt-get download dataset-fashion-mnist >/dev/null 2>&1) || return 1
  dpkg -x "$work"/dataset-fashion-mnist_*.deb "$work/package" || return 1
  mv "$work"/package/usr/share/datasets/fashion-mnist/*-ubyte.gz "$work"/ || return 1
}

fashion_from_home() {
  local sum name
  while read -r sum name; do
    [ -z "$name" ] && continue
    fetch "$FASHION_HOME/$name" "$work/$name"
  done <<<"$FASHION_FILES"
}

get_fashion() {
  local sum name
  if fashion_complete "$target"; then
    say "get-data: $target already holds Fashion-MNIST, all four checksums right"
    return
  fi
  if fashion_from_debian && fashion_complete "$work"; then
    say "get-data: taken from the Debian package dataset-fashion-mnist"
  else
    say "get-data: downloading from $FASHION_HOME"
    fashion_from_home
  fi
  while read -r sum name; do
    [ -z "$name" ] && continue
    check_fashion_file "$work/$name" "$sum" \
      || die "$name does not have the SHA-256 $sum when unpacked; the download is damaged or altered: try again"
  done <<<"$FASHION_FILES"
  while read -r sum name; do
    [ -z "$name" ] || mv -f "$work/$name" "$target/$name"
  done <<<"$FASHION_FILES"
  say "get-data: Fashion-MNIST is in $target, all four checksums right"
}

cifar10_complete() { # DIR; 10,000 records of one label byte and 3,072 pixel bytes in each batch
  local file
  for file in data_batch_{1..5}.bin test_batch.bin; do
    [ -f "$1/$file" ] && [ "$(wc -c <"$1/$file")" -eq 30730000 ] || return 1
  done
  [ -s "$1/batches.meta.txt" ]
}

get_cifar10() {
  local folder=cifar-10-batches-bin sum
  have tar || die "tar is not installed; install it"
  if cifar10_complete "$target/$folder"; then
    say "get-data: $target/$folder already holds CIFAR-10, all sizes right"
    return
  fi
  say "get-data: downloading $CIFAR10_URL (163 MB)"
  fetch "$CIFAR10_URL" "$work/cifar10.tar.gz"
  sum=$(sha256sum "$work/cifar10.tar.gz" | cut -d' ' -f1)
  [ "$sum" = "$CIFAR10_SHA256" ] \
    || die "the archive has SHA-256 $sum, expected $CIFAR10_SHA256; the download is damaged or altered: try again"
  tar -xzf "$work/cifar10.tar.gz" -C "$work" || die "the archive cannot be unpacked; is $target full?"
  cifar10_complete "$work/$folder" || die "the archive does not hold six batches of 30,730,000 bytes; try again"
  rm -rf "${target:?}/$folder"
  mv "$work/$folder" "$target/$folder"
  say "get-data: CIFAR-10 is in $target/$folder, checksum and sizes right"
}

[ $# -eq 1 ] || [ $# -eq 2 ] || usage
case $1 in fashion-mnist | cifar10) ;; *) usage ;; esac
have sha256sum || die "sha256sum is not installed; install coreutils"
have gzip || die "gzip is not installed; install it"
target=${2:-datasets/$1}
mkdir -p "$target" || die "cannot make the folder $target; give another as second argument"
target=$(cd "$target" && pwd)
[ -w "$target" ] || die "cannot write to $target; give another folder as second argument"
# Inside the target, so that the final mv is a rename within one file system.
work=$(mktemp -d "$target/.partial.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

case $1 in
  fashion-mnist) get_fashion ;;
  cifar10) get_cifar10 ;;
esac

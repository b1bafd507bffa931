#!/usr/bin/env bash
# Makes a Debian 12 machine ready to build Sconce: packages, LibTorch from the torch wheel, and the parser of Python.
# Quick when all is there.
#
#   deploy/setup.sh [--gpu] [--packages FILE]...
#
#   --gpu             also the CUDA half of LibTorch and the NVIDIA libraries it needs (3 GB to fetch)
#   --packages FILE   install the packages that FILE lists too
#
# LibTorch goes to .deps/libtorch/{torch,nvidia}. With TORCH_ROOT=/path/to/torch in the environment it is not fetched:
# build with -DTORCH_ROOT=/path/to/torch. The parser, tree-sitter with its grammar of Python, is C source that the build
# compiles; it goes to .deps/tree-sitter-python/{lib,src}.
set -euo pipefail
cd "$(dirname "$0")/.."

torch_version=2.15.0
# What the wheel's cuda-toolkit[cudart,cupti]==13.2.2 resolves to: all that libtorch_cpu links.
cpu_companions=(nvidia-cuda-runtime==13.2.86 nvidia-cuda-cupti==13.2.86)
# The rest of the wheel's own requirements, needed once libtorch_cuda is opened.
gpu_companions=(nvidia-cublas==13.4.1.3 nvidia-cuda-nvrtc==13.2.86 nvidia-cudnn-cu13==9.26.0.51 nvidia-cufft==12.2.0.57
  nvidia-cufile==1.17.1.22 nvidia-cusolver==12.2.0.11 nvidia-cusparse==12.7.10.12 nvidia-cusparselt-cu13==0.8.1
  nvidia-nccl-cu13==2.30.7 nvidia-nvjitlink==13.5.37 nvidia-nvshmem-cu13==3.7.2 nvidia-nvtx==13.2.86)
root=.deps/libtorch
# tree-sitter itself, and the grammar; both as source, which the hashes pin.
parser_sources=(
  'tree-sitter==0.23.2 --hash=sha256:66bae8dd47f1fed7bdef816115146d3a41c39b5c482d7bad36d9ba1def088450'
  'tree-sitter-python==0.23.6 --hash=sha256:354bfa0a2f9217431764a631516f85173e9711af2c13dbd796a8815acfe505d9')
parser_root=.deps/tree-sitter-python

die() { echo "setup: $*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "packages are missing ($missing); run this as root or install sudo"
  sudo -n true 2>/dev/null || [ -t 0 ] || die "packages are missing ($missing) and sudo asks for a password"
  sudo "$@"
}

listed_packages() { sed -e 's/#.*//' "$@" | tr -s '[:space:]' '\n' | sed '/^$/d'; }

install_packages() {
  local wanted; mapfile -t wanted < <(listed_packages "$@")
  missing=$(for package in "${wanted[@]}"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  echo "setup: installing $missing"
  as_root apt-get update -qq
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    die "apt-get could not install: $missing"
}

# True when `root` holds a whole LibTorch of this version, by whatever way it came there.
has_libtorch() {
  local version_file=$root/torch/version.py cuda_runtime=$root/nvidia/cu13/lib
  [ -e $root/torch/lib/libtorch_cpu.so ] && [ -e $root/torch/include/torch/script.h ] &&
    [ -e $cuda_runtime/libcudart.so.13 ] && [ -e $cuda_runtime/libcupti.so.13 ] &&
    grep -q "'$torch_version[+']" $version_file || return 1
  [ $gpu = no ] || { [ -e $root/torch/lib/libtorch_cuda.so ] && [ -e $cuda_runtime/libcublas.so.13 ] &&
    [ -e $root/nvidia/cudnn/lib/libcudnn.so.9 ] && [ -e $root/nvidia/nccl/lib/libnccl.so.2 ]; }
}

fetch_libtorch() {
  local work=$root/unpacking wheels=("torch==$torch_version" "${cpu_companions[@]}") torch_libraries
  torch_libraries=('torch/lib/libtorch_cpu.so' 'torch/lib/libc10.so' 'torch/lib/libgomp*.so*')
  if [ $gpu = yes ]; then
    wheels+=("${gpu_companions[@]}")
    torch_libraries=('torch/lib/*.so*')
  fi
  for folder in torch nvidia; do
    [ ! -L $root/$folder ] || die "$root/$folder is a link to something that is not LibTorch $torch_version; remove it"
  done
  echo "setup: fetching LibTorch $torch_version$([ $gpu = no ] || echo ' with CUDA')"
  rm -rf $work && mkdir -p $work/wheels
  trap 'rm -rf '"$work" EXIT
  # The wheel's tag must fit the Python that fetches it; LibTorch itself does not care.
  python3 -m pip download -q --no-deps --disable-pip-version-check --only-binary=:all: --dest $work/wheels "${wheels[@]}" ||
    die "pip could not fetch: ${wheels[*]}"
  # unzip ends with 11 when one of the patterns matches nothing.
  unzip -q $work/wheels/torch-*.whl 'torch/include/*' torch/version.py "${torch_libraries[@]}" -d $work
  rm $work/wheels/torch-*.whl
  rm -f $work/torch/lib/libtorch_python.so $work/torch/lib/libshm.so
  for wheel in "$work"/wheels/nvidia*.whl; do
    unzip -q -o "$wheel" 'nvidia/*.so*' -d $work && rm "$wheel"
  done
  rm -f $work/nvidia/cu13/lib/lib{nvperf,pcsampling,checkpoint}*  # CUPTI's profilers; 40 MB
  rm -rf $root/torch $root/nvidia
  mv $work/torch $work/nvidia $root/
  has_libtorch || die "what was fetched is not a whole LibTorch $torch_version; see $root"
}

# True when `parser_root` holds what `parser_sources` names.
has_parser() {
  [ -e $parser_root/src/parser.c ] && [ -e $parser_root/lib/src/lib.c ] &&
    printf '%s\n' "${parser_sources[@]}" | cmp -s - $parser_root/sources
}

fetch_parser() {
  local work=.deps/tree-sitter-unpacking lib
  echo "setup: fetching tree-sitter and its grammar of Python"
  rm -rf $work && mkdir -p $work/src/tree_sitter
  trap 'rm -rf '"$work" EXIT
  printf '%s\n' "${parser_sources[@]}" >$work/sources
  # Debian's own Python: pip asks a source package for its metadata, for which python3-setuptools and python3-wheel, on
  # which python3-pip depends, are enough. Nothing is built.
  /usr/bin/python3 -m pip download -q --no-deps --disable-pip-version-check --no-binary=:all: --no-build-isolation \
    --require-hashes --dest $work/packages -r $work/sources || die "pip could not fetch tree-sitter"
  for package in "$work"/packages/*.tar.gz; do tar -xzf "$package" -C $work; done
  lib=$(echo $work/tree-sitter-*/tree_sitter/core/lib)
  mv $work/tree_sitter_python-*/src/*.c $work/src/
  # The grammar's package lacks the headers of its generator; they are tree-sitter's own.
  cp "$lib"/src/{parser,array,alloc,ts_assert}.h $work/src/tree_sitter/
  rm -rf $parser_root && mkdir -p $parser_root
  mv "$lib" $work/src $work/sources $parser_root/
  rm -rf $work
  has_parser || die "what was fetched is not tree-sitter with its grammar of Python; see $parser_root"
}

gpu=no
packages=(deploy/apt-packages.txt)
while [ $# -gt 0 ]; do
  case $1 in
    --gpu) gpu=yes ;;
    --packages) packages+=("${2:?--packages needs a file}"); shift ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) die "unknown argument: $1 (see --help)" ;;
  esac
  shift
done
missing=
install_packages "${packages[@]}"
has_parser || fetch_parser
if [ -n "${TORCH_ROOT:-}" ]; then
  [ -e "$TORCH_ROOT/lib/libtorch_cpu.so" ] || die "TORCH_ROOT=$TORCH_ROOT has no lib/libtorch_cpu.so"
elif ! has_libtorch; then
  mkdir -p $root
  fetch_libtorch
fi

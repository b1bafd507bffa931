#!/usr/bin/env bash
# Installs what the tests need, builds, and runs everything through ctest.
#
#   tests/run.sh [--long] [CTEST ARGUMENT]...
#
#   --long   also the tests that take minutes (label `long`): the image, the benchmarks, many models
set -euo pipefail
cd "$(dirname "$0")/.."

build=build/release
python=.deps/venv/bin/python
skip_long=(-LE long)
ctest_arguments=()
for argument in "$@"; do
  case $argument in
    --long) skip_long=() ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) ctest_arguments+=("$argument") ;;
  esac
done

# The Python with real PyTorch. Made anew when the lists of its packages changed.
make_venv() {
  local lists=(tests/requirements.txt tests/requirements-no-deps.txt) stamp=.deps/venv/requirements.done
  local install=(.deps/venv/bin/pip install -q --disable-pip-version-check)
  cat "${lists[@]}" | cmp -s - "$stamp" && return
  rm -rf .deps/venv
  python3 -m venv .deps/venv
  "${install[@]}" -r "${lists[0]}"
  "${install[@]}" --no-deps -r "${lists[1]}"
  cat "${lists[@]}" >"$stamp"
}

deploy/setup.sh --packages tests/apt-packages.txt
mkdir -p .deps build
make_venv >build/venv.log 2>&1 &
venv=$!
trap 'kill $venv 2>/dev/null || true' EXIT

launcher=()
if command -v ccache >/dev/null; then
  export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime
  launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
cmake --preset release -DSCONCE_TESTS=ON -DSCONCE_BENCH=ON "${launcher[@]}" \
  ${TORCH_ROOT:+-DTORCH_ROOT="$TORCH_ROOT"} >build/configure.log || { cat build/configure.log; exit 1; }
cmake --build $build

wait $venv || { cat build/venv.log; echo "tests: the Python environment could not be made" >&2; exit 1; }
trap - EXIT
$python -c 'import torch, tritonclient.grpc' || { echo "tests: $python is not whole" >&2; exit 1; }
ctest --test-dir $build --output-on-failure --no-tests=error -j"$(nproc)" "${skip_long[@]}" "${ctest_arguments[@]}"

#!/usr/bin/env bash
# From a fresh Debian 12 machine to inference over gRPC on real models.
#
#   deploy/quickstart.sh [--keep] [--gpu]
#
#   --keep   leaves the daemon running and prints what to try
#   --gpu    also installs what LibTorch needs to use an NVIDIA GPU
#
# Installs packages and LibTorch, builds, starts sconced on the demo repository, calls it with sconce on rows that the
# models have not seen, compares with the truth and with PyTorch's own answers, prints the latencies, stops the daemon.
set -euo pipefail
cd "$(dirname "$0")/.."

keep=no
setup_flags=()
for argument in "$@"; do
  case $argument in
    --keep) keep=yes ;;
    --gpu) setup_flags+=(--gpu) ;;
    -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) echo "quickstart: unknown argument: $argument (see --help)" >&2; exit 2 ;;
  esac
done

say() { printf '\n== %s\n' "$*"; }

daemon=
work=
clean_up() {
  local code=$?
  if [ -n "$daemon" ]; then
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
  fi
  if [ $code -ne 0 ]; then
    [ -z "$work" ] || [ ! -s "$work/sconced.log" ] || { echo "-- the daemon's log:"; cat "$work/sconced.log"; } >&2
    echo "quickstart: FAILED (exit code $code)" >&2
  fi
  [ -z "$work" ] || [ $keep$code = yes0 ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "Setting up"
deploy/setup.sh "${setup_flags[@]}"

say "Building"
build=build/release
configure=(--preset release)
# A build folder that has tests keeps them: only the two programs are built anyway.
[ -e $build/CMakeCache.txt ] || configure+=(-DSCONCE_TESTS=OFF)
[ -z "${TORCH_ROOT:-}" ] || configure+=(-DTORCH_ROOT="$TORCH_ROOT")
cmake "${configure[@]}" >/dev/null
cmake --build $build --target sconced sconce
sconced=$(find $build -name sconced -type f -perm -u+x | head -n 1)
sconce=$(find $build -name sconce -type f -perm -u+x | head -n 1)

say "Starting sconced on tests/data/demo/models"
work=$(mktemp -d)
mkdir "$work/checkpoints"
read -r grpc http < <(python3 deploy/demo.py ports)
"$sconced" --models tests/data/demo/models --checkpoints "$work/checkpoints" --grpc "127.0.0.1:$grpc" \
  --http "127.0.0.1:$http" >"$work/sconced.log" 2>&1 &
daemon=$!
python3 deploy/demo.py wait "http://127.0.0.1:$http/readyz" $daemon
"$sconce" --server "127.0.0.1:$grpc" list

declare -A one_row=([iris]='[1,4]' [digits]='[1,1,8,8]')
for model in iris digits; do
  say "Inferring: $model, held-out rows"
  "$sconce" --server "127.0.0.1:$grpc" infer $model --input x=tests/data/demo/heldout/${model}_inputs.npy --json \
    >"$work/$model.json"
  python3 deploy/demo.py compare $model "$work/$model.json" tests/data/demo/heldout
  # One row a call, so that there are latencies to look at.
  "$sconce" --server "127.0.0.1:$grpc" bench $model --concurrency 1 --duration 1s \
    --input "x:FP32=random${one_row[$model]}" >"$work/bench.txt" || { cat "$work/bench.txt" >&2; exit 1; }
done

say "Latencies, from http://127.0.0.1:$http/metrics"
python3 deploy/demo.py latencies "http://127.0.0.1:$http/metrics"

if [ $keep = yes ]; then
  cat <<TRY

sconced runs on 127.0.0.1:$grpc (process $daemon, log $work/sconced.log). Try:

  $sconce --server 127.0.0.1:$grpc list
  $sconce --server 127.0.0.1:$grpc show iris
  $sconce --server 127.0.0.1:$grpc infer iris --input 'x=[[5.1, 3.5, 1.4, 0.2]]'
  $sconce --server 127.0.0.1:$grpc bench digits --input 'x:FP32=random[1,1,8,8]'
  $sconce --server 127.0.0.1:$grpc save iris --format state_dict --path iris.pth
  a browser on http://127.0.0.1:$http/
  kill $daemon        # finishes what it has, then ends
TRY
  disown "$daemon"
  daemon=
  exit 0
fi

say "Stopping"
kill -TERM $daemon
code=0
wait $daemon || code=$?
daemon=
[ $code -eq 0 ] || { echo "quickstart: sconced ended with $code" >&2; exit 1; }
echo "sconced ended with 0. All done."

#!/usr/bin/env bash
# Builds the image from the Dockerfile as users have it, without an image registry, starts sconced from it on the demo
# repository, infers with its sconce, checks health, stops it with SIGTERM. Needs root, mmdebstrap and buildah.
#
#   docker_test.sh [--target gpu]
set -euo pipefail
cd "$(dirname "$0")/../.."

target=cpu
limit_mib=700
[ "${1:-}" != --target ] || { target=$2; limit_mib=8000; }
[ "$(id -u)" -eq 0 ] || { echo "docker_test: needs root for buildah's chroot isolation" >&2; exit 1; }
for tool in mmdebstrap buildah; do
  command -v $tool >/dev/null || { echo "docker_test: $tool is not installed (tests/apt-packages.txt)" >&2; exit 1; }
done

work=$(mktemp -d)
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
buildah() { command buildah --root "$work/storage" --runroot "$work/run" "$@"; }
daemon=
clean_up() {
  local code=$?
  [ -z "$daemon" ] || kill -- "-$daemon" 2>/dev/null || true
  [ $code -eq 0 ] || [ ! -s "$work/sconced.log" ] || { echo "-- the daemon's log:"; cat "$work/sconced.log"; } >&2
  buildah rm --all >/dev/null 2>&1 || true
  rm -rf "$work"
  exit $code
}
trap clean_up EXIT

# debian:bookworm-slim, made here from the machine's own mirror and keys.
mirror=$(awk '/^URIs:/{print $2; exit}' /etc/apt/sources.list.d/*.sources 2>/dev/null ||
  awk '/^deb /{print $2; exit}' /etc/apt/sources.list)
mmdebstrap --quiet --variant=minbase bookworm "$work/base.tar" "$mirror"
base=$(buildah from scratch)
buildah add -q "$base" "$work/base.tar" / >/dev/null
buildah commit -q "$base" docker.io/library/debian:bookworm-slim >/dev/null
rm "$work/base.tar"

# How this machine's pip reaches its index, for the build stage only.
ca=${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}
{
  echo '[global]'
  echo 'cert = /run/secrets/ca.crt'
  python3 -m pip config list 2>/dev/null | sed -n "s/^[a-z:]*\.*\(index-url\|extra-index-url\|trusted-host\|proxy\)='\(.*\)'$/\1 = \2/p"
} >"$work/pip.conf"
began=$SECONDS
buildah bud --quiet --pull-never --format docker --target "$target" --secret "id=pip.conf,src=$work/pip.conf" \
  --secret "id=ca.crt,src=$ca" -t sconce . >"$work/build.log" 2>&1 || { tail -n 60 "$work/build.log"; exit 1; }
echo "docker_test: built the $target image in $((SECONDS - began)) s"

container=$(buildah from --pull-never localhost/sconce)
root=$(buildah mount "$container")
size=$(du -sm --exclude=proc --exclude=sys "$root" | cut -f1)
echo "docker_test: image size $size MiB unpacked (limit $limit_mib)"
[ "$size" -le "$limit_mib" ] || { echo "docker_test: the image is too large" >&2; exit 1; }
for setting in '10001:10001' '/opt/sconce/bin' '"sconced"' Healthcheck; do
  buildah inspect "$container" | grep -q "$setting" || { echo "docker_test: $setting is not in the image" >&2; exit 1; }
done

cp -r tests/data/demo/models "$root/models/.demo" && cp -r "$root"/models/.demo/* "$root/models/" && rm -r "$root/models/.demo"
cp -r tests/data/demo/heldout "$root/heldout"
cp deploy/demo.py "$work/"
read -r grpc http < <(python3 deploy/demo.py ports)
in_image() { buildah run "$container" -- "$@"; }
set -m  # its own process group: buildah does not pass signals on
in_image sconced --models /models --grpc "127.0.0.1:$grpc" --http "127.0.0.1:$http" >"$work/sconced.log" 2>&1 &
daemon=$!
set +m
python3 deploy/demo.py wait "http://127.0.0.1:$http/readyz" $daemon
in_image id -u | grep -qx 10001
in_image sconce --server "127.0.0.1:$grpc" health
for model in iris digits; do
  in_image sconce --server "127.0.0.1:$grpc" infer $model --input "x=/heldout/${model}_inputs.npy" --json >"$work/$model.json"
  python3 deploy/demo.py compare $model "$work/$model.json" tests/data/demo/heldout
done

# The daemon itself, not the tools that started it.
pid=
for process in /proc/[0-9]*; do
  if [ "$(cat "$process/comm" 2>/dev/null)" = sconced ] && grep -q "127.0.0.1:$http" "$process/cmdline"; then
    pid=${process#/proc/}
  fi
done
[ -n "$pid" ] || { echo "docker_test: sconced is not among the processes" >&2; exit 1; }
kill -TERM "$pid"
code=0
wait $daemon || code=$?
daemon=
[ $code -eq 0 ] || { echo "docker_test: sconced ended with $code after SIGTERM" >&2; exit 1; }
echo "docker_test: passed"

#!/bin/sh
# Brings what the tests need beyond npm: a browser, a font with Chinese characters, a Redis server, strace for the
# durability tests, OpenSSL to cross-check signatures.
# As root on Debian it installs them; elsewhere it names what is missing and stops.
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
for tool in strace openssl redis-server; do
  command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh 2>/dev/null)" ] || missing="$missing fonts-noto-cjk fontconfig"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "The tests need these Debian packages; please install them:$missing" >&2
  exit 1
fi
echo "Installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 -- the list is meant to be split
apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends $missing >/dev/null

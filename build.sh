#!/usr/bin/env bash
# Builds, serves and tests the project; "./build.sh help" says how.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  cat <<'TEXT'
usage: ./build.sh                       build the site into dist/ (needs Go only)
       ./build.sh serve                 build it, serve it on this machine, print the address
       ./build.sh test [--no-browsers]  install what the tests need, and run everything
       ./build.sh clean                 remove what was built and installed here
TEXT
}

say() { printf '\n== %s\n' "$*"; }
stop() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

need_go() {
  command -v go >/dev/null || stop "Go is not installed. Install Go 1.26 or later (https://go.dev/dl, or your system's packages) and run this again."
}

site() { go run ./web/build "$@" dist; }

# The browsers named by CHROMIUM and FIREFOX, those that are installed, or Debian's; and Debian's WebKit.
need_browsers() {
  local missing=()
  : "${CHROMIUM:=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
  : "${FIREFOX:=$(command -v firefox-esr || command -v firefox || true)}"
  export CHROMIUM FIREFOX
  [ -n "$CHROMIUM" ] || missing+=(chromium)
  [ -n "$FIREFOX" ] || missing+=(firefox-esr)
  command -v WebKitWebDriver >/dev/null || missing+=(webkit2gtk-driver)
  command -v Xvfb >/dev/null || missing+=(xvfb)
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    stop "the tests need ${missing[*]}: install them (or set CHROMIUM and FIREFOX to their paths), or leave the browsers out with ./build.sh test --no-browsers"
  fi
}

run_tests() {
  local browsers=yes
  case "${1:-}" in
    --no-browsers) browsers= ;;
    '') ;;
    *) usage >&2; exit 2 ;;
  esac
  command -v node >/dev/null && command -v npm >/dev/null || stop "the tests need Node 20 or later with npm: install it (https://nodejs.org, or your system's packages)."
  [ -z "$browsers" ] || need_browsers
  [ -e node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ] || npm ci --no-audit --no-fund
  [ -e docs/node_modules/.package-lock.json ] && [ ! docs/package-lock.json -nt docs/node_modules/.package-lock.json ] || npm ci --prefix docs --no-audit --no-fund

  say "format and vet"
  local unformatted
  unformatted=$(git ls-files '*.go' | xargs gofmt -l)
  [ -z "$unformatted" ] || stop "not formatted (run gofmt -w): $unformatted"
  go vet ./...
  GOOS=js GOARCH=wasm go vet ./wasm ./kernels/... ./squeezenet/... ./picture/... ./train/... ./weights/...
  GOOS=js GOARCH=wasm go vet -tags node ./wasm

  say "generated files"
  local made
  made=$(mktemp -d)
  go run ./kernels/simd "$made"
  for f in "$made"/*.wasm; do
    cmp "$f" "kernels/simd/$(basename "$f")" || stop "kernels/simd/$(basename "$f") is not what its generator makes: run go generate ./kernels/simd and commit it"
  done
  rm -r "$made"

  say "Go tests, natively"
  go test ./...

  say "the model file's reader, fuzzed for some seconds"
  go test -run '^$' -fuzz FuzzRead -fuzztime 10s ./weights

  say "Go tests, in Node as wasm"
  GOOS=js GOARCH=wasm go test -exec "$PWD/wasm/exec/run.mjs" ./kernels/... ./squeezenet/... ./picture/... ./train/... ./weights/...

  say "types"
  node_modules/.bin/tsc --project tsconfig.json

  say "declarations and API reference"
  local before
  before=$(mktemp -d)
  cp -R web/types docs/api "$before"
  node docs/make.mjs
  for d in web/types docs/api; do
    diff -r "$before/$(basename "$d")" "$d" || stop "$d was not what the comments make: commit what node docs/make.mjs has just made"
  done
  rm -r "$before"

  say "the site"
  site -bars

  say "JavaScript tests, in Node${browsers:+, Chromium and Firefox}"
  local files=(bench/test/*.test.mjs e2e/*.test.mjs)
  [ -n "$browsers" ] || files=(bench/test/*.test.mjs e2e/node*.test.mjs)
  node --test --test-concurrency=1 "${files[@]}"
}

case "${1:-build}" in
  build) need_go; site ;;
  serve) need_go; site; exec go run ./cmd/squeezenet serve dist ;;
  test) need_go; shift; run_tests "$@" ;;
  clean) rm -rf dist node_modules docs/node_modules bench/node_modules bench/out ;;
  help | -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac

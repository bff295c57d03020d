#!/usr/bin/env bash
# Builds target/guests/bench.wasm, with what `make guest-c` has fetched and made.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/target/guests
export ZIG_GLOBAL_CACHE_DIR=$out/cache/zig ZIG_LOCAL_CACHE_DIR=$out/cache/zig
"$out/tools/zig-0.16/bin/python" -m ziglang cc --target=wasm32-wasi -mexec-model=reactor -Os -std=gnu17 -Wall -Wextra \
  -Werror -Wl,--strip-all -I guests/c -I "$out/c/bindings" -o "$out/c/bench.wasm" hosts/bench/bench.c guests/c/wasock.c \
  "$out/c/bindings/vu.c" "$out/c/bindings/vu_component_type.o"
"$out/build/release/wasock-guest-build" component "$out/c/bench.wasm" "$out/bench.wasm"

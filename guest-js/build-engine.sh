#!/usr/bin/env bash
# Builds guest-js/engine.wasm from guest-js/engine. Run it by `make engine`.
#
# Needs a Rust compiler for wasm32-unknown-unknown and a clang for the C of QuickJS; toolchain.sh finds them.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
# shellcheck source=guest-js/toolchain.sh
source guest-js/toolchain.sh
cargo build --locked --release --quiet --workspace --bin wasock-engine-build
# A shadow stack of 4 MiB lets scripts recurse deeply; src/runtime.rs sets QuickJS's own limit below it.
stack=4194304
flags="-Clink-arg=-zstack-size=$stack -Clink-arg=--export=_initialize"
# Messages of panics name source files; not by the paths of the machine that built them.
(cd guest-js/engine && cargo fetch --locked --quiet)
registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
flags+=" --remap-path-prefix=$root=wasock --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
for folder in "$registry"/*; do flags+=" --remap-path-prefix=$folder=crates"; done
wasm_toolchain
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags
export CC_wasm32_unknown_unknown=$root/guest-js/engine/quickjs/cc
# Blocks come from small slabs, so that a virtual user does not touch a page for each size. The hash makes
# cargo compile QuickJS anew when the patch changes.
patch_hash=$(cat guest-js/engine/quickjs/* | cksum | cut -d" " -f1)
export CFLAGS_wasm32_unknown_unknown="$cflags -DJS_ARENA_SIZE=1024 -DPATCH_$patch_hash"
core=target/engine/$target/release/wasock_engine.wasm
build() {
  (cd guest-js/engine && cargo rustc --locked --release --crate-type cdylib --target "$target" --target-dir "$root/target/engine" \
    "${build_std[@]}" -- "-Clink-arg=--global-base=$1")
}
build $stack
# What virtual users write starts a page of the host's, but for some bytes of alignment, so that each copies one and not
# two: all that is static moves away from the end of the stack.
gap=$(LD_LIBRARY_PATH='' target/release/wasock-engine-build gap "$core")
[ "$gap" = 0 ] || build $((stack + gap))
unset LD_LIBRARY_PATH RUSTC RUSTC_BOOTSTRAP
target/release/wasock-engine-build "$core" guest-js/engine.wasm

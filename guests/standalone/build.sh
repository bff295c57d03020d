#!/usr/bin/env bash
# Builds guests/standalone/provider.wasm and runner.wasm from their sources. Run it by `make standalone`.
#
# Needs a Rust compiler for wasm32-unknown-unknown; guest-js/toolchain.sh finds it.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
# shellcheck source=guest-js/toolchain.sh
source guest-js/toolchain.sh
(cd guests/standalone && cargo fetch --locked --quiet)
# Messages of panics name source files; not by the paths of the machine that built them.
registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
flags="--remap-path-prefix=$root=wasock --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
for folder in "$registry"/*; do flags+=" --remap-path-prefix=$folder=crates"; done
wasm_toolchain
# Random numbers are the host's: provider/src/random.rs.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$flags --cfg getrandom_backend=\"custom\""
(cd guests/standalone && cargo build --locked --release --quiet --target $target --target-dir "$root/target/standalone" "${build_std[@]}")
unset LD_LIBRARY_PATH RUSTC RUSTC_BOOTSTRAP
cargo build --locked --release --quiet --workspace --bin wasock-engine-build
made=target/standalone/$target/release
target/release/wasock-engine-build standalone "$made/wasock_provider.wasm" guests/standalone/provider.wasm
target/release/wasock-engine-build standalone "$made/wasock_runner.wasm" guests/standalone/runner.wasm

#!/usr/bin/env bash
# Builds guest-js/engine.wasm from guest-js/engine. Run it by `make engine`.
#
# Needs a Rust compiler for wasm32-unknown-unknown and a clang for the C of QuickJS. Where rustup has
# the target and clang is installed, those are used. Elsewhere, on Debian, both come out of packages
# that are unpacked below target/ and never installed.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
target=wasm32-unknown-unknown
# A shadow stack of 4 MiB lets scripts recurse deeply; src/runtime.rs sets QuickJS's own limit below it.
flags="-Clink-arg=-zstack-size=4194304 -Clink-arg=--export=_initialize"
# Messages of panics name source files; not by the paths of the machine that built them.
(cd guest-js/engine && cargo fetch --locked --quiet)
registry=${CARGO_HOME:-$HOME/.cargo}/registry/src
flags+=" --remap-path-prefix=$root=wasock --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
for folder in "$registry"/*; do flags+=" --remap-path-prefix=$folder=crates"; done
packages="rustc-web libstd-rust-web-1.96 libstd-rust-web-dev rust-web-src libllvm22 rust-web-llvm
  clang-22 libclang-cpp22 libclang1-22 libclang-common-22-dev lld-22 llvm-22 llvm-22-linker-tools"

native_toolchain() {
  command -v clang >/dev/null && command -v llvm-ar >/dev/null &&
    [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]
}

# Unpacks the packages into a folder that is complete as soon as it has its final name.
debian_toolchain() {
  local dir=$root/target/engine-toolchain
  if [ ! -d "$dir" ]; then
    command -v apt-get >/dev/null || {
      echo "error: no Rust target $target or no clang, and this is no Debian to fetch them from" >&2
      echo "hint: rustup target add $target, and install clang and llvm" >&2
      exit 1
    }
    local work
    work=$(mktemp -d "$root/target/engine-toolchain.XXXXXX")
    chmod 755 "$work"
    # shellcheck disable=SC2086 # a list of names
    (cd "$work" && { apt-get download -qq $packages || { apt-get update -qq && apt-get download -qq $packages; }; })
    for package in "$work"/*.deb; do dpkg -x "$package" "$work"; done
    rm "$work"/*.deb
    mv "$work" "$dir"
  fi
  local llvm=$dir/usr/lib/llvm-22
  export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$llvm/lib:$dir/usr/lib
  export WASOCK_CLANG=$llvm/bin/clang
  export AR_wasm32_unknown_unknown=$llvm/bin/llvm-ar
  cflags="-resource-dir=$llvm/lib/clang/22 -O3 -msimd128"
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/rust-lld
  export RUSTC=$dir/usr/bin/rustc RUSTC_BOOTSTRAP=1
  build_std=(-Zbuild-std=std,panic_abort)
}

mkdir -p target
build_std=()
if native_toolchain; then
  export AR_wasm32_unknown_unknown=llvm-ar
  cflags="-O3 -msimd128"
else
  debian_toolchain
fi
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags
export CC_wasm32_unknown_unknown=$root/guest-js/engine/quickjs/cc
# Blocks come from small slabs, so that a virtual user does not touch a page for each size. The hash makes
# cargo compile QuickJS anew when the patch changes.
patch_hash=$(cat guest-js/engine/quickjs/* | cksum | cut -d" " -f1)
export CFLAGS_wasm32_unknown_unknown="$cflags -DJS_ARENA_SIZE=1024 -DPATCH_$patch_hash"
(cd guest-js/engine && cargo build --locked --release --target $target --target-dir "$root/target/engine" "${build_std[@]}")
unset LD_LIBRARY_PATH RUSTC RUSTC_BOOTSTRAP
cargo build --locked --release --quiet --workspace --bin wasock-engine-build
target/release/wasock-engine-build \
  "target/engine/$target/release/wasock_engine.wasm" guest-js/engine.wasm

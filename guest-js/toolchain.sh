# A Rust compiler for wasm32-unknown-unknown, for the scripts that source this file.
#
# Where rustup has the target and clang is installed, those are used. Elsewhere, on Debian, both come out of
# packages that are unpacked below target/ and never installed.
#
# `wasm_toolchain` reads root, the repository's root. It exports what cargo and the cc crate go by, and sets
# target; build_std, arguments of cargo; and cflags, for a compiler of C.

target=wasm32-unknown-unknown
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
    (
      cd "$work"
      download="apt-get download -qq -o APT::Sandbox::User=root $packages"
      # Lists of packages that are missing or old are no error yet.
      $download 2>/dev/null || { apt-get update -qq && $download; }
    )
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

wasm_toolchain() {
  mkdir -p "$root/target"
  build_std=()
  if native_toolchain; then
    export AR_wasm32_unknown_unknown=llvm-ar
    cflags="-O3 -msimd128"
  else
    debian_toolchain
  fi
}

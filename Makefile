# wasock: short verbs. `make help` lists them.

# A user's first command: the CrocoChat load test against the embedded server.
SCRIPT ?= examples/crocochat.js
ARGS ?= --serve

.DEFAULT_GOAL := help

## help: lists the verbs
.PHONY: help
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST) | awk -F': ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

## run: builds wasock and runs the CrocoChat load test (SCRIPT=… ARGS=… for another)
.PHONY: run
run: target/release/wasock
	target/release/wasock run $(ARGS) $(SCRIPT)

## build: builds the wasock command
.PHONY: build target/release/wasock
build: target/release/wasock
target/release/wasock:
	cargo build --locked --release --workspace --bin wasock

## install: installs the wasock command for this user, optimised as one, which takes long
.PHONY: install
install:
	cargo install --locked --profile dist --path host/cli

## test: runs all tests
.PHONY: test
test:
	cargo test --locked --release --workspace --no-fail-fast

## lint: checks formatting and lints of Rust and JavaScript, the hosts' types, and the documentation's links
.PHONY: lint
lint: guest-js/node_modules host/report/web/node_modules hosts/node_modules
	cargo fmt --all --check
	rustfmt --edition 2024 --check guest-js/engine/src/lib.rs
	rustfmt --edition 2024 --check guests/standalone/provider/src/lib.rs guests/standalone/runner/src/lib.rs
	rustfmt --edition 2024 --check guests/build/src/main.rs guests/rust/wasock-guest/src/lib.rs guests/rust/chat/src/lib.rs guests/rust/concurrent/src/lib.rs
	cargo clippy --locked --release --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --release --workspace --no-deps --quiet
	cd guest-js && npm run --silent lint
	cd host/report/web && npm run --silent lint
	cd hosts && npm run --silent lint

## format: formats Rust and JavaScript
.PHONY: format
format: guest-js/node_modules host/report/web/node_modules hosts/node_modules
	cargo fmt --all
	rustfmt --edition 2024 guests/standalone/provider/src/lib.rs guests/standalone/runner/src/lib.rs
	rustfmt --edition 2024 guest-js/engine/src/lib.rs guests/build/src/main.rs guests/rust/wasock-guest/src/lib.rs guests/rust/chat/src/lib.rs guests/rust/concurrent/src/lib.rs
	cd guest-js && npm run --silent format
	cd host/report/web && npm run --silent format
	cd hosts && npm run --silent format

guest-js/node_modules: guest-js/package-lock.json
	cd guest-js && npm ci --no-audit --no-fund
	@touch $@

host/report/web/node_modules: host/report/web/package-lock.json
	cd host/report/web && npm ci --no-audit --no-fund
	@touch $@

## web: rebuilds the page of report and dashboard, host/report/assets, from host/report/web
.PHONY: web
web: host/report/web/node_modules
	cd host/report/web && npm run --silent build

## browser: tests report and dashboard in headless Chromium, which needs its package (TESTS=… for some)
.PHONY: browser
browser:
	@command -v chromium >/dev/null || { \
	  echo "error: the program chromium is missing; on Debian: apt-get install chromium" >&2; exit 1; }
	cargo test --locked --release --workspace --test browser $(TESTS)

## pictures: takes the pictures of report and dashboard in docs/images anew
.PHONY: pictures
pictures: target/release/wasock
	docs/images/take.sh

## conformance: examines the sockets with Autobahn, which needs Python 2.7 (CASES=… for some cases)
CASES ?= *
.PHONY: conformance
conformance: target/release/wasock
	set -f; tests/conformance/autobahn.py --cases $(CASES) $(if $(filter *,$(CASES)),--write)

## fuzz: feeds parsers and connections with inputs that are made up (TARGET=… for one, SECONDS=60 for each)
TARGET ?=
SECONDS ?= 60
.PHONY: fuzz
fuzz:
	fuzz/run $(SECONDS) $(TARGET)

## collectors: sends samples to Prometheus and InfluxDB and asks these for them
.PHONY: collectors
collectors:
	@for program in prometheus:prometheus influxd:influxdb; do \
	  command -v $${program%:*} >/dev/null || { \
	    echo "make collectors needs $${program%:*}: on Debian, apt-get install $${program#*:}" >&2; exit 1; }; \
	done
	cargo test --locked --release --workspace --test collectors

## completions: tests completions in zsh and fish
.PHONY: completions
completions:
	@for shell in zsh fish; do \
	  command -v $$shell >/dev/null || { \
	    echo "make completions needs $$shell: on Debian, apt-get install $$shell" >&2; exit 1; }; \
	done
	cargo test --locked --release --workspace --test completions

## hostile: measures good users beside hostile guests (GUESTS=cpu/,memory/arrays BAD_VUS=2 for some)
.PHONY: hostile
hostile:
	cargo test --locked --release --workspace --test hostile

## faults: holds docs/faults.md against what happens, and prints its table
.PHONY: faults
faults:
	cargo test --locked --release --workspace --test end_to_end faults::
	@sed -n '/^| endpoint |/,/^$$/p' docs/faults.md

## bench: measures speed and density beside a native client, good users beside hostile ones, and faults (FILTER=JSON for some)
FILTER ?=
.PHONY: bench
bench: target/dist/wasock target/release/wasock-bench
	taskset -c 1 target/dist/wasock-bench speed --json target/bench.json "$(FILTER)"
	taskset -c 1 target/dist/wasock-bench density --json target/bench.json "$(FILTER)"
	$(if $(FILTER),,$(MAKE) --no-print-directory hostile faults)

## profile: shows what the time of a message goes to, by perf (FILTER=JSON for some, FUNCTIONS=20 for names)
FUNCTIONS ?= 0
.PHONY: profile
profile: target/dist/wasock
	taskset -c 1 target/dist/wasock-bench profile --json target/bench.json --functions $(FUNCTIONS) "$(FILTER)"

# The native client as cargo builds it is what wasock is compared with.
.PHONY: target/release/wasock-bench
target/release/wasock-bench:
	cargo build --locked --release --workspace --bin wasock-bench

# What is measured is what is installed.
.PHONY: target/dist/wasock
target/dist/wasock:
	cargo build --locked --profile dist --workspace --bin wasock --bin wasock-bench

## soak: whether memory stays flat over 20 minutes (SOAK="--minutes 60 --users 2000" for more)
SOAK ?=
.PHONY: soak
soak: target/dist/wasock
	taskset -c 1 target/dist/wasock-bench soak --json target/bench.json $(SOAK)

## engine: rebuilds guest-js/engine.wasm from its sources
.PHONY: engine
engine:
	guest-js/build-engine.sh

## standalone: rebuilds guests/standalone/provider.wasm and runner.wasm from their sources
.PHONY: standalone
standalone:
	guests/standalone/build.sh

# The languages that there are guests in.
GUESTS ?= c rust js python go

## guests: builds the guests in other languages into target/guests (GUESTS="c rust" for some, or make guest-c)
.PHONY: guests
guests: $(addprefix guest-,$(GUESTS))

# Not a test in another language, but a client with async functions.
.PHONY: guest-concurrent $(addprefix guest-,$(GUESTS))
guest-concurrent $(addprefix guest-,$(GUESTS)): guest-%: target/guests/build/release/wasock-guest-build
	guests/build.sh $*

# Made once, so that make -j does not wait for it in each guest.
.PHONY: target/guests/build/release/wasock-guest-build
target/guests/build/release/wasock-guest-build:
	guests/build.sh

## wit: makes docs/wit.md and target/wit/wasock-websocket-0.1.0.wasm, the package for registries, from wit/
.PHONY: wit
wit: target/guests/build/release/wasock-guest-build
	$< page docs/wit.md
	$< package target/wit/wasock-websocket-0.1.0.wasm

## guest-tests: builds the guests, and runs the tests of them all
.PHONY: guest-tests
guest-tests: guests guest-concurrent
	GUESTS="$(GUESTS)" cargo test --locked --release --workspace --test guests --test async_client

## bench-guests: measures the guests beside a script (GUESTS="c rust" for some, ROUNDS=3)
ROUNDS ?= 3
.PHONY: bench-guests
bench-guests: target/dist/wasock $(GUESTS:%=target/guests/%.wasm)
	taskset -c 1 target/dist/wasock-bench guests --json target/bench.json --rounds $(ROUNDS) --guests "$(GUESTS)"

hosts/node_modules: hosts/package-lock.json
	@command -v npm >/dev/null || { \
	  echo "error: the hosts in JavaScript need npm; on Debian: apt-get install nodejs npm" >&2; exit 1; }
	cd hosts && npm ci --silent --no-audit --no-fund
	@touch $@

# The versions of Node.js that components run in: one without JSPI, one with it.
NODES ?= 20.20.2 24.21.0
node = target/hosts/node-$(1)/node_modules/node/bin/node
NEWEST_NODE = $(call node,$(lastword $(NODES)))

target/hosts/node-%/node_modules/node/bin/node: | hosts/node_modules
	npm install --silent --no-audit --no-fund --prefix target/hosts/node-$* node@$*

## hosts-node: tests the host for Node.js in Node.js 20 and 24, from npm (GUESTS="c js" for some)
.PHONY: hosts-node
hosts-node: target/release/wasock $(NODES:%=hosts-node-%)

hosts-node-%: target/hosts/node-%/node_modules/node/bin/node target/release/wasock $(GUESTS:%=target/guests/%.wasm)
	GUESTS="$(GUESTS)" $(call node,$*) --test --test-reporter=spec --test-timeout=300000 hosts/node/test/*.test.js

## hosts-browser: tests the host for browsers in headless Chromium, which needs its package
.PHONY: hosts-browser
hosts-browser: target/release/wasock $(GUESTS:%=target/guests/%.wasm) $(NEWEST_NODE)
	@command -v chromium >/dev/null || { \
	  echo "error: the program chromium is missing; on Debian: apt-get install chromium" >&2; exit 1; }
	GUESTS="$(GUESTS)" $(NEWEST_NODE) --test --test-reporter=spec --test-timeout=300000 hosts/browser/test/*.test.js

# jco and Node.js, a plain host of WASI 0.2.
target/standalone/jco/node_modules: guests/standalone/jco/package-lock.json
	mkdir -p target/standalone/jco
	cp guests/standalone/jco/package.json guests/standalone/jco/package-lock.json target/standalone/jco
	cd target/standalone/jco && npm ci --silent --no-audit --no-fund
	@touch $@

# Those that are there are used as they are.
target/guests/%.wasm:
	$(MAKE) guest-$*

## hosts-wasi: builds the guests that are missing, and runs them alone on plain hosts of WASI 0.2
.PHONY: hosts-wasi
hosts-wasi: $(GUESTS:%=target/guests/%.wasm) target/standalone/jco/node_modules
	GUESTS="$(GUESTS)" cargo test --locked --release --workspace --test standalone

## hosts-python: tests the host in Python with the guests (TESTS=… for some, as pytest has them)
HOSTS_PYTHON = target/hosts-python
.PHONY: hosts-python
hosts-python: $(HOSTS_PYTHON)/.complete target/release/wasock $(GUESTS:%=target/guests/%.wasm)
	cd hosts/python && GUESTS="$(GUESTS)" $(CURDIR)/$(HOSTS_PYTHON)/bin/python -m pytest -q -p no:cacheprovider $(TESTS)
	cd hosts/python && $(CURDIR)/$(HOSTS_PYTHON)/bin/ruff format --no-cache --check . && \
	  $(CURDIR)/$(HOSTS_PYTHON)/bin/ruff check --no-cache . && \
	  $(CURDIR)/$(HOSTS_PYTHON)/bin/mypy --cache-dir $(CURDIR)/$(HOSTS_PYTHON)/mypy wasock_host

$(HOSTS_PYTHON)/.complete: hosts/python/pyproject.toml
	@python3 -c 'import ensurepip' 2>/dev/null || { \
	  echo "error: the host in Python needs Python's venv" >&2; \
	  echo "hint: on Debian: apt-get install python3-venv" >&2; exit 1; }
	rm -rf $(HOSTS_PYTHON) && python3 -m venv $(HOSTS_PYTHON)
	$(HOSTS_PYTHON)/bin/python -m pip install --quiet --disable-pip-version-check --editable "hosts/python[test]"
	@touch $@

## bench-hosts: measures all guests on all hosts: starts and messages (GUESTS="c js" and HOSTS="Python,WASI" for some)
HOSTS ?=
.PHONY: bench-hosts
bench-hosts: target/dist/wasock target/release/wasock $(GUESTS:%=target/guests/%.wasm) \
    $(foreach version,$(NODES),$(call node,$(version))) $(HOSTS_PYTHON)/.complete target/standalone/jco/node_modules
	@command -v chromium >/dev/null || { \
	  echo "error: the program chromium is missing; on Debian: apt-get install chromium" >&2; exit 1; }
	cargo build --locked --release --workspace --example plain_host
	taskset -c 1 target/dist/wasock-bench hosts --json target/bench.json --guests "$(GUESTS)" $(if $(HOSTS),--hosts "$(HOSTS)")

## scripts: runs every script of a folder against the embedded server (DIR=examples)
DIR ?= examples
.PHONY: scripts
scripts: target/release/wasock
	for script in $(DIR)/*.[jt]s; do target/release/wasock run --serve "$$script" || exit; done

## clean: removes what was built
.PHONY: clean
clean:
	cargo clean

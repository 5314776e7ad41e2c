# make run     the chat, at http://localhost:4000 (PORT, DATABASE, SECRET_KEY_BASE are passed on); Ctrl+C lets it tell its
#              clients to come back, a second one ends it at once
# make dev     the same: scripts and styles are bundled as they are saved, and open pages load again
# make check   formatting, lints, documentation, and the library without live views
# make test    every test: Rust, the clients of npm and PyPI, the chat in a browser
# make model   the interleavings of the registry's threads, by loom; part of make test
# make sanitize  the registry's tests under AddressSanitizer and LeakSanitizer
# make sanitize-threads  the same under ThreadSanitizer; needs Rust's own sources: rustup component add rust-src
# make clients the clients of npm, PyPI and Rust alone
# make golden  the application whose frames were recorded on a real Phoenix, at port 4200 (PORT is passed on)
# make bench   every figure beside its bar, into docs/performance.md; half an hour on a quiet machine (BENCH_FLAGS is passed on)
# make bench-server  the bench application, at port 4100 (PORT is passed on), for any load generator
# make fmt     formats the Rust code

.PHONY: run dev check fmt test model sanitize sanitize-threads clients servers golden browser bench bench-programs bench-server

NODE_MODULES = js-client/node_modules/.package-lock.json
ASSETS = js-client/dist/chat.js
PYTHON_CLIENTS = target/python-clients

run: $(ASSETS)
	cargo run --release -p chat

dev: $(ASSETS)
	npm --prefix js-client run watch --silent & trap "kill $$!" EXIT; cargo run -p chat --features live-reload

golden:
	cargo run --release -p golden

bench-server:
	cargo run --quiet --release -p bench-server

# The server runs on the first processor, the generator on the second.
bench: bench-programs
	target/release/bars measure $(BENCH_FLAGS)
ifeq (,$(findstring --only,$(BENCH_FLAGS)))
	target/release/bars growth
	target/release/bars render
endif

bench-programs:
	cargo build --quiet --release -p bars -p bench-server -p bennu-load
	cargo bench --quiet -p bennu --bench registry --bench differ --no-run

check:
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	cargo clippy --quiet -p bennu -p pages --features root-tag-attribute --test root_tags --bin colocated_pages -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps
	cargo check --quiet -p bennu --no-default-features

fmt:
	cargo fmt --all

test: browser servers model $(ASSETS) $(PYTHON_CLIENTS)/installed
	cargo test --quiet --workspace
	cargo test --quiet -p bennu --features debug-annotations --test annotations
	cargo test --quiet -p bennu --features root-tag-attribute --test root_tags
	cargo test --quiet -p bennu --features garde --doc live::form::garde
	cargo build --quiet --release -p chat
	npm --prefix js-client test --silent
	$(PYTHON_CLIENTS)/bin/python tests/clients/python
	@echo "All tests passed: Rust, the clients of npm and PyPI, the chat in a browser."

# A directory of its own: the flag is part of what every dependency is built with.
model:
	RUSTFLAGS="--cfg bennu_loom" CARGO_TARGET_DIR=target/model cargo test --quiet -p bennu --no-default-features --lib registry::model

# The sanitizers' runtimes come with stable Rust, the flag does not without the variable. Five times: threads never meet in
# the same way.
SANITIZED = RUSTC_BOOTSTRAP=1 RUST_BACKTRACE=0 cargo test --quiet --target $(shell rustc --print host-tuple) -p bennu \
	--no-default-features --lib registry

sanitize: export RUSTFLAGS = -Zsanitizer=address
sanitize: export CARGO_TARGET_DIR = target/sanitize-address
sanitize:
	for turn in 1 2 3 4 5; do $(SANITIZED) || exit; done

# Here the standard library has to be watched as well: what it orders would look like races.
sanitize-threads: export RUSTFLAGS = -Zsanitizer=thread
sanitize-threads: export CARGO_TARGET_DIR = target/sanitize-threads
sanitize-threads:
	$(SANITIZED) -Zbuild-std

clients: servers $(NODE_MODULES) $(PYTHON_CLIENTS)/installed
	cargo test --quiet -p clients
	cd js-client && node --test --test-reporter=spec test/clients.spec.mjs
	$(PYTHON_CLIENTS)/bin/python tests/clients/python

# What the clients talk to.
servers:
	cargo build --quiet -p golden -p clients -p pages
	cargo build --quiet -p pages --features root-tag-attribute --bin colocated_pages

browser:
	@js-client/install-chromium

$(ASSETS): $(NODE_MODULES) $(wildcard js-client/src/*)
	npm --prefix js-client run build --silent

# The packages bring no install script that is needed here.
$(NODE_MODULES): js-client/package.json js-client/package-lock.json
	npm --prefix js-client ci --ignore-scripts --no-audit --no-fund --loglevel=error

$(PYTHON_CLIENTS)/installed: tests/clients/python/requirements.txt
	tests/clients/python/install $(PYTHON_CLIENTS)

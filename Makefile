# Every task of a contributor. `make` lists them; each says what it does while it does it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# Else cargo takes make's job server for its own, which it cannot reach. A recipe that calls make calls it
# by name: $(MAKE) would run also under -n.
unexport MAKEFLAGS

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
REPORTS := .build/reports
CRATES := --workspace --exclude wattbook-python
# Integration tests of crates/sim with slow cases; tools/check_tree.py finds one that is missing here.
SLOW_RUST := disk_crashes kill_nine kill_orders
# A worker takes whole stretches of tests, which share what their modules set up, and then helps.
SPREAD := --numprocesses 2 --dist worksteal
WEB_ASSETS := python/wattbook/runtime/report/assets python/wattbook/api/assets
RUST_SOURCES := Cargo.toml Cargo.lock $(shell find crates -type f)

# One environment for every Rust build, so that maturin and cargo share target/ without rebuilding.
export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python
export CARGO_TERM_PROGRESS_WHEN := never
# `quick` compiles faster than `release`, which wheels and benchmarks have.
export WATTBOOK_PROFILE ?= quick
# Tests and tools start hundreds of processes: none of them should compile its modules anew.
export PYTHONDONTWRITEBYTECODE :=

say = @printf '==> %s\n'
install = uv pip install --quiet --require-hashes --requirement

##@ Start here

.PHONY: help
help: ## List these tasks
	@awk -F ':.*## ' '/^##@ /{printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

.PHONY: build
build: $(STAMPS)/core $(STAMPS)/web ## Install everything locked and compile; leaves .venv/bin/wattbook

.PHONY: run
run: build ## Trade a generated day and open its desk; DATA=../shared/data trades recorded days
	$(say) "wattbook run$(if $(DATA), on the recorded days of $(DATA))"
	@if [ "$${SERVE:-}" = 1 ] || { [ -z "$${SERVE:-}" ] && [ -t 1 ]; }; then serve=--serve; \
	  else serve=; fi; $(BIN)/wattbook run $(if $(DATA),--data '$(DATA)') $$serve

##@ Tests

.PHONY: test
test: setup stack build $(STAMPS)/dev test-rust test-python ## Run unit, property, integration and doc tests of both languages

.PHONY: test-rust
test-rust: toolchain $(STAMPS)/venv
	$(say) "cargo test: every crate but the Python module, whose tests are in tests/"
	@mkdir -p $(REPORTS)
	@cargo test --locked $(CRATES) 2>&1 | tee $(REPORTS)/cargo-test.log

.PHONY: test-python
test-python: build $(STAMPS)/dev
	$(say) "pytest: tests/ and the examples in docstrings"
	@mkdir -p $(REPORTS)
	@pytest -m "not slow" $(SPREAD) --junit-xml $(REPORTS)/pytest-test.xml

.PHONY: test-slow
test-slow: stack build $(STAMPS)/dev ## Run the tests that take minutes: crashes, kill -9, long simulations
	@mkdir -p $(REPORTS)
	$(say) "cargo test --profile quick: tests that are slow, in the one crate that has them"
	@cargo test --locked -p wattbook-sim --profile quick $(SLOW_RUST:%=--test %) -- --ignored 2>&1 \
	  | tee $(REPORTS)/cargo-slow.log
	$(say) "pytest: tests marked slow"
	@pytest -m slow --junit-xml $(REPORTS)/pytest-slow.xml tests

.PHONY: soak
soak: build $(STAMPS)/dev ## Leave a desk open for half an hour; SECONDS=1800. What the browser holds may grow by 5 MB
	@SOAK_SECONDS=$(or $(SECONDS),1800) pytest -s -m slow tests/acceptance/desk/test_soak.py

.PHONY: lighthouse
lighthouse: build ## Lighthouse on the desk of the generated day, in Debian's Chromium
	@npm ci --prefix web/lighthouse --ignore-scripts --silent
	@test -d runs/generated-day || $(BIN)/wattbook run --plain > /dev/null
	@node web/lighthouse/run.mjs $(BIN)/python runs/generated-day

.PHONY: interop
interop: build ## FIX with QuickFIX in both roles; needs libquickfix-dev and g++, or QUICKFIX=its prefix
	$(say) "fix: orders between QuickFIX and us, each as initiator and as acceptor"
	@$(BIN)/python tools/fix_interop/run.py $(if $(QUICKFIX),--quickfix '$(QUICKFIX)')

.PHONY: bench
bench: stack $(STAMPS)/dev ## Measure us against our peers, alternating in one run
	@make build WATTBOOK_PROFILE=release
	$(say) "installing the peers into .venv-peers, .venv-vollib and .venv-riskfolio; one that cannot be had is reported as not measured"
	@make .venv-peers/stamp .venv-vollib/stamp .venv-riskfolio/stamp || printf '==> %s\n' "not measured: the Python peers did not install"
	$(say) "wattbook bench: every benchmark"
	@$(BIN)/wattbook bench all --json

.PHONY: fuzz
fuzz: toolchain ## Fuzz every decoder; SECONDS_EACH=60
	@tools/fuzz $(or $(SECONDS_EACH),60)

##@ Checks

.PHONY: check
check: lint ## Lint, types and unit tests; at most 3 minutes when warm
	$(say) "cargo test: unit tests"
	@cargo test --locked $(CRATES) --lib --quiet
	$(say) "pytest: unit and boundary tests"
	@pytest --quiet -m "not slow and not long and not stack" $(SPREAD) tests/unit tests/boundary

.PHONY: lint
lint: lint-boundary lint-python lint-rust lint-web lint-tree ## Run every static check

.PHONY: lint-python
lint-python: $(STAMPS)/dev
	$(say) "ruff: rules and format"
	@ruff check
	@ruff format --check
	$(say) "mypy --strict: python, tests, tools"
	@mypy
	$(say) "import-linter: Python packages import only down the stack"
	@PYTHONPATH=python lint-imports --no-logo --cache-dir .build/import-linter

.PHONY: lint-rust
lint-rust: toolchain-lint $(STAMPS)/dev
	$(say) "rustfmt"
	@cargo fmt --all --check
	$(say) "clippy: pedantic, no warning"
	@cargo clippy --locked --workspace --all-targets --quiet -- -D warnings
	$(say) "crate layers: crates depend only down the stack"
	@python tools/check_crate_layers.py
	$(say) "cargo-deny: bans, licences, sources"
	@CARGO=tools/cargo_old_ids.py cargo-deny --workspace check --hide-inclusion-graph \
	  bans licenses sources

.PHONY: lint-boundary
lint-boundary: build $(STAMPS)/dev
	$(say) "stub: python/wattbook/_core.pyi is what the build generates"
	@tools/stub .build/stubs
	@diff -u python/wattbook/_core.pyi .build/stubs/wattbook/_core.pyi \
	  || { echo 'The stub is out of date: run `make stub` and commit it.'; exit 1; }
	$(say) "stubtest: the stub fits the compiled module"
	@stubtest wattbook._core

.PHONY: lint-web
lint-web: $(STAMPS)/node $(STAMPS)/core
	$(say) "tsc --strict: web"
	@npm run --prefix web --silent check
	$(say) "web/desk/openapi.ts: what the desk's routes take"
	@python tools/desk_types.py --check

.PHONY: lint-tree
lint-tree: $(STAMPS)/venv
	$(say) "tree: no registry host, no machine path, no oversized file, function or module"
	@python tools/check_tree.py

TOUR_VIEWS := market workspace portfolio risk orders models operations
TOUR_TESTS := test_with_deals_curves_and_quarantine[axe] test_execution test_an_order_by_keyboard
.PHONY: tour
tour: build $(STAMPS)/dev ## Take the pictures of the tour anew: those that the browser tests take
	@pytest -q $(TOUR_TESTS:%='tests/acceptance/desk/test_browser.py::%')
	@for view in $(TOUR_VIEWS); do cp .build/screenshots/desk-$$view-light.png docs/images/desk-$$view.png; done
	@cp .build/screenshots/desk-execution.png .build/screenshots/desk-kill.png docs/images/

.PHONY: audit
audit: .venv-audit/stamp $(STAMPS)/dev ## Ask the advisory databases; needs the open internet
	$(say) "cargo-deny: advisories"
	@CARGO=tools/cargo_old_ids.py cargo-deny --workspace check advisories
	$(say) "pip-audit: every lock"
	@for lock in build run dev docs notebook; do \
	  .venv-audit/bin/pip-audit --strict --disable-pip --require-hashes \
	    --requirement requirements/$$lock.txt; \
	done

##@ Upkeep

.PHONY: fmt
fmt: toolchain-lint $(STAMPS)/dev ## Format both languages and mend what ruff can
	$(say) "ruff and rustfmt"
	@ruff check --fix --quiet || true
	@ruff format
	@cargo fmt --all

.PHONY: stub
stub: build ## Write python/wattbook/_core.pyi anew from the build
	$(say) "generating python/wattbook/_core.pyi"
	@tools/stub python

.PHONY: schema
schema: toolchain ## Write schema/ anew from the domain's structs; look at the difference
	$(say) "writing schema/*.txt"
	@WATTBOOK_WRITE_SCHEMA=1 cargo test --locked --quiet -p wattbook-testkit --test schema

.PHONY: lock
lock: $(STAMPS)/venv ## Resolve every requirement anew; UPGRADE=1 takes newer versions
	@tools/lock $(if $(UPGRADE),--upgrade)

.PHONY: docs
docs: build $(STAMPS)/dev $(STAMPS)/docs ## Build the documentation into site/, without network
	$(say) "running the notebooks, whose pages show what they print and draw"
	@python tools/notebooks.py
	$(say) "zensical: a broken link or a docstring that does not fit fails"
	@python tools/docs_reference.py
	@zensical build --strict --clean --config-file mkdocs.yml
	$(say) "the documentation stands in site/index.html"

.PHONY: notebook
notebook: build $(STAMPS)/notebook ## Open the example notebooks in JupyterLab, on this machine only
	$(say) "jupyter lab: examples/notebooks"
	@$(if $(WATTBOOK_DATA),WATTBOOK_DATA='$(abspath $(WATTBOOK_DATA))') jupyter lab --ip 127.0.0.1 --notebook-dir examples/notebooks

.PHONY: hooks
hooks: $(STAMPS)/dev ## Install the local pre-commit hooks
	$(say) "pre-commit"
	@pre-commit install

.PHONY: clean
clean: ## Remove everything that was built or installed here
	$(say) "removing target, site, .build and the environments"
	@rm -rf target site .build .venv .venv-* python/wattbook/*.so web/node_modules $(WEB_ASSETS)

# --- what the tasks stand on -------------------------------------------------------------------

.PHONY: stack
stack:
	$(say) "the servers that tests start, by Maven: a Kafka broker, a schema registry"
	@python3 tools/kafka_broker.py fetch
	@python3 tools/registry_server.py

.PHONY: setup toolchain toolchain-lint
setup:
	$(say) "tools/setup-debian: what the tests need from the system"
	@tools/setup-debian

# `make test` may install what is missing, so its look at the tools comes after, also under -j.
ifneq ($(filter test,$(MAKECMDGOALS)),)
toolchain toolchain-lint: | setup
endif

toolchain:
	@tools/toolchain

toolchain-lint:
	@tools/toolchain clippy fmt

$(STAMPS)/venv: requirements/build.txt | toolchain
	$(say) "creating .venv with maturin and uv"
	@tools/venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: requirements/run.txt $(STAMPS)/venv
	$(say) "installing the locked requirements"
	@$(install) requirements/run.txt
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/run
	$(say) "installing the checkers"
	@$(install) requirements/dev.txt
	@touch $@

$(STAMPS)/docs: requirements/docs.txt $(STAMPS)/run
	$(say) "installing the documentation builder"
	@$(install) requirements/docs.txt
	@touch $@

$(STAMPS)/notebook: requirements/notebook.txt $(STAMPS)/dev
	$(say) "installing JupyterLab"
	@$(install) requirements/notebook.txt
	@touch $@

$(STAMPS)/node: web/package-lock.json $(STAMPS)/venv | toolchain
	$(say) "installing what the charts and the desk are built with"
	@npm ci --prefix web --ignore-scripts --silent
	@touch $@

$(STAMPS)/web: web/build.mjs web/sizes.mjs $(shell find web/report web/desk -type f) $(STAMPS)/node
	$(say) "bundling the report's charts and the desk into $(WEB_ASSETS)"
	@cd web && node build.mjs
	@touch $@

# Another profile than the one before makes the core anew.
$(STAMPS)/profile-$(WATTBOOK_PROFILE): $(STAMPS)/venv
	@rm -f $(STAMPS)/profile-* && touch $@

$(STAMPS)/core: pyproject.toml $(RUST_SOURCES) $(STAMPS)/run $(STAMPS)/profile-$(WATTBOOK_PROFILE)
	$(say) "compiling wattbook._core, profile $(WATTBOOK_PROFILE) (some minutes the first time)"
	@maturin develop --uv --profile $(WATTBOOK_PROFILE)
	@touch $@

.venv-peers/stamp: requirements/peers.txt $(STAMPS)/venv
	$(say) "creating .venv-peers"
	@tools/venv .venv-peers
	@VIRTUAL_ENV=$(CURDIR)/.venv-peers $(install) requirements/peers.txt
	@touch $@

.venv-vollib/stamp: requirements/vollib.txt $(STAMPS)/venv
	$(say) "creating .venv-vollib"
	@tools/venv .venv-vollib
	@VIRTUAL_ENV=$(CURDIR)/.venv-vollib $(install) requirements/vollib.txt
	@touch $@

# Installed as listed: see requirements/riskfolio.in.
.venv-riskfolio/stamp: requirements/riskfolio.txt $(STAMPS)/venv
	$(say) "creating .venv-riskfolio"
	@tools/venv .venv-riskfolio
	@VIRTUAL_ENV=$(CURDIR)/.venv-riskfolio $(install) requirements/riskfolio.txt --no-deps
	@touch $@

.venv-audit/stamp: requirements/audit.txt $(STAMPS)/venv
	$(say) "creating .venv-audit"
	@tools/venv .venv-audit
	@VIRTUAL_ENV=$(CURDIR)/.venv-audit $(install) requirements/audit.txt
	@touch $@

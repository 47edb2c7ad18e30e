# `make run` and `make test` need Python 3.11 or newer with its headers and venv, gcc and make. They
# make an environment of their own, build in place, and build again only when something has changed.
#
# setup.py's switches are given as variables: make test UVNET_DEBUG=1

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
# Processes that share the tests; 0 for none but one.
WORKERS ?= logical

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := $(shell find setup.py uvnet csrc vendor/libuv/fetch.py vendor/libuv/source.txt \
	vendor/libuv/sources.toml -name '*.py' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.[ch]' \
	-o -name 'source*')
SWITCHES := debug=$(UVNET_DEBUG) sanitize=$(UVNET_SANITIZE) trace=$(UVNET_TRACE) lto=$(UVNET_LTO) \
	cflags=$(UVNET_CFLAGS)

.PHONY: help run bench test soak servers conformance dev debug asan ctest instructions sdist wheel lint format
.PHONY: ecosystem harness typing docs wrk clean FORCE
.DEFAULT_GOAL := help

help:
	@echo "make run           build, then a benchmark of a minute: python -m uvnet bench --quick \$$(ARGS)"
	@echo "make bench         build, then the whole benchmark, kept in benchmarks/results"
	@echo "make test          build, then run the test suite: pytest \$$(ARGS)"
	@echo "make soak          build, then run the slow tests"
	@echo "make servers       real servers and clients on our loop, with the slow tests of them"
	@echo "make harness       the tests of the benchmarks, with plots, dask and HTTP servers"
	@echo "make conformance   compare with Node itself, and with each fast path switched off"
	@echo "make ecosystem     other projects' own tests, on our loop and on asyncio's"
	@echo "make dev           build in place, with every tool that a developer needs"
	@echo "make debug         build in place with assertions and debug information"
	@echo "make asan          the suite under AddressSanitizer and UndefinedBehaviorSanitizer"
	@echo "make ctest         the tests of csrc, in C, under the same sanitizers"
	@echo "make instructions  count instructions per message with callgrind"
	@echo "make wrk           hold the load generator against wrk, on an HTTP server"
	@echo "make lint typing   ruff and zizmor; mypy and stubtest"
	@echo "make docs          the documentation, in build/docs"
	@echo "make format        ruff and clang-format"
	@echo "make sdist wheel   build the distributions; test the wheel where it is installed"
	@echo "make clean         remove what was built, but not the environment"

run: $(VENV)/.built $(VENV)/.group-bench
	$(BIN)/python -m uvnet bench --quick $(ARGS)

# Some twenty minutes, on a machine that should have nothing else to do.
RESULTS ?= benchmarks/results/bench
bench: $(VENV)/.built $(VENV)/.extra-bench
	$(BIN)/python -m uvnet bench --output $(RESULTS) $(ARGS)

test: $(VENV)/.built $(VENV)/.group-test
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

soak: $(VENV)/.built $(VENV)/.group-test
	$(BIN)/python -m pytest -m slow $(ARGS)

# All of them must be there; PostgreSQL and Redis are the system's. ARGS="-m 'not slow'" is quick.
servers: $(VENV)/.built $(VENV)/.group-test $(VENV)/.group-servers
	UVNET_SERVERS=required $(BIN)/python -m pytest -n $(WORKERS) -m "slow or not slow" \
		tests/servers $(ARGS)

# With all that the harness can use: what draws plots, dask, HTTP servers.
harness: $(VENV)/.built $(VENV)/.group-test $(VENV)/.group-servers $(VENV)/.group-report
	$(BIN)/python -m pytest -n $(WORKERS) $(or $(ARGS),tests/bench)

# The Node of UVNET_NODE, or one from npm.
NODE := $(if $(UVNET_NODE),$(UVNET_NODE),$(CURDIR)/build/node/node_modules/node/bin/node)
conformance: $(VENV)/.built $(VENV)/.group-test $(if $(UVNET_NODE),,build/node/.made)
	UVNET_NODE=$(NODE) UVNET_CONFORMANCE=all $(BIN)/python -m pytest -n $(WORKERS) tests/conformance/node \
		tests/conformance/programs $(ARGS)

build/node/.made:
	npm install --prefix build/node --no-save --no-audit --no-fund node@26
	@touch $@

ecosystem: $(VENV)/.built
	$(BIN)/python tests/ecosystem/run.py $(ARGS)

dev: $(VENV)/.built $(VENV)/.group-dev

debug:
	$(MAKE) $(VENV)/.built UVNET_DEBUG=1

instructions: $(VENV)/.built $(VENV)/.group-bench
	$(BIN)/python -m uvnet.bench.instructions $(ARGS)

# It installs no wrk, and says what is missing.
wrk: $(VENV)/.built $(VENV)/.extra-bench
	$(BIN)/python benchmarks/agreement.py $(ARGS)

# The environment: a stamp for each dependency group that is installed in it.

$(VENV)/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "uvnet needs Python 3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade "pip>=25.1"
	@touch $@

$(VENV)/.group-%: pyproject.toml $(VENV)/.made
	$(PIP) install --group $*
	@touch $@

# The other loops are measured where they can be installed, and left out where they cannot.
$(VENV)/.group-bench: pyproject.toml $(VENV)/.made
	-$(PIP) install --group bench
	@touch $@

# All that a whole run can measure, and what draws its plots.
$(VENV)/.extra-bench: pyproject.toml $(VENV)/.built $(VENV)/.group-bench
	-$(PIP) install --no-build-isolation --editable ".[bench]"
	@touch $@

$(VENV)/.switches: FORCE | $(VENV)/.made
	@echo '$(SWITCHES)' | cmp -s - $@ || echo '$(SWITCHES)' > $@

# The first build installs a link to this folder; later ones compile only what has changed.
$(VENV)/.built: $(SOURCES) $(VENV)/.switches $(VENV)/.group-build
	if [ -e $(VENV)/.linked ] && [ -z "$$(find pyproject.toml -newer $(VENV)/.linked)" ]; then \
		$(BIN)/python setup.py --quiet build_ext --inplace; \
	else \
		$(PIP) install --no-build-isolation --no-deps --editable . && touch $(VENV)/.linked; \
	fi
	@touch $@

# The tests that count instructions run on an ordinary build only: valgrind cannot run what has a
# sanitizer in it, and a wheel's link-time optimisation melts the functions that they look for.
NO_COUNTING := --ignore tests/bench/test_instructions.py

# Under the sanitizers a new copy of the tree is built, so that its modules and the ordinary ones do
# not replace each other. Python itself leaks on purpose; leaks of handles are tests of their own.

ASAN := $(CURDIR)/build/asan
asan: export LD_PRELOAD_ASAN = $(shell gcc -print-file-name=libasan.so):$(shell gcc \
	-print-file-name=libubsan.so)
asan: $(VENV)/.group-build $(VENV)/.group-test
	rm -rf $(ASAN) && mkdir -p $(ASAN)
	tar --exclude=./build --exclude='./.venv*' --exclude=./.git --exclude='*.so' -cf - . \
		| tar -xf - -C $(ASAN)
	cd $(ASAN) && UVNET_SANITIZE=address,undefined \
		$(abspath $(BIN))/python setup.py --quiet build_ext --inplace
	cd $(ASAN) && LD_PRELOAD="$$LD_PRELOAD_ASAN" PYTHONMALLOC=malloc PYTHONPATH="$(ASAN)" \
		ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
		$(abspath $(BIN))/python -m pytest -n $(WORKERS) $(NO_COUNTING) $(ARGS)

ctest: $(VENV)/.group-build
	cmake -S csrc -B build/ctest -DPython3_EXECUTABLE=$(abspath $(BIN))/python
	cmake --build build/ctest --parallel
	ctest --test-dir build/ctest --output-on-failure -j2 $(ARGS)

# The wheel is built from the sdist, and tested in a folder where nothing but the installed package
# can be imported.

sdist: $(VENV)/.group-package
	$(BIN)/python -m build --sdist --outdir dist .

WHEEL := $(CURDIR)/build/wheel
wheel: $(VENV)/.group-package
	rm -rf $(WHEEL) && mkdir -p $(WHEEL)/tree $(WHEEL)/repaired
	UVNET_LTO=1 $(BIN)/python -m build --outdir $(WHEEL)/built .
	if [ "$$(uname)" = Linux ]; then \
		PATH="$(abspath $(BIN)):$$PATH" \
			auditwheel repair --wheel-dir $(WHEEL)/repaired $(WHEEL)/built/*.whl; \
	else cp $(WHEEL)/built/*.whl $(WHEEL)/repaired; fi
	$(BIN)/twine check --strict $(WHEEL)/built/*.tar.gz $(WHEEL)/repaired/*.whl
	$(BIN)/check-wheel-contents $(WHEEL)/repaired
	$(BIN)/python -m venv $(WHEEL)/venv
	$(WHEEL)/venv/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(WHEEL)/venv/bin/python -m pip install --quiet --group test $(WHEEL)/repaired/*.whl
	cp -R tests pyproject.toml $(WHEEL)/tree
	cd $(WHEEL)/tree && ../venv/bin/python -m pytest -p no:cacheprovider $(NO_COUNTING) $(ARGS)
	mkdir -p dist && cp $(WHEEL)/built/*.tar.gz $(WHEEL)/repaired/*.whl dist

lint: $(VENV)/.group-lint
	$(BIN)/ruff check .
	$(BIN)/zizmor --offline --quiet .github

format: $(VENV)/.group-lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i csrc/*.[ch] uvnet/bench/_*.[ch]

typing: $(VENV)/.built $(VENV)/.group-test $(VENV)/.group-typing
	$(BIN)/python -m pytest tests/meta/test_typing.py $(ARGS)

# Its theme announces its own future, which is no fault of the pages.
docs: $(VENV)/.built $(VENV)/.group-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean:
	rm -rf build dist uvnet.egg-info .pytest_cache .mypy_cache .ruff_cache $(VENV)/.built
	find uvnet -name '*.so' -delete
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

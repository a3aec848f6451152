# The commands of this repository; `make` alone lists them.

PYTHON ?= python3
VENV   := .venv/bin
BUDGET ?=
RUN    ?=

# The committed results, and which of their studies 'make reference' measures once more.
REFERENCE ?= $(firstword $(wildcard results/reference/*))
STUDIES   ?= overview timeline speedup release crossing convoy blocked-loop echo files fanout races query contention crawl granularity oversubscription memory spawn channels connections transfer runtimes

STATICCHECK := v0.8.2

# The toolchains that doctor chose; a value given on the command line wins.
ifneq ($(filter-out help clean,$(MAKECMDGOALS)),)
include build/tools.mk
endif

# Builds run side by side; nothing else does, least of all what is timed.
PARALLEL := $(MAKE) --no-print-directory --jobs=$(shell getconf _NPROCESSORS_ONLN)

HARNESS := HYPERFINE="$(HYPERFINE)" CHROMIUM="$(CHROMIUM)" $(VENV)/python -m harness
BENCHED  = $(or $(RUN),$(lastword $(sort $(wildcard results/2*))))
BOUNDS   = $(if $(BUDGET),--budget $(BUDGET)) $(if $(RUN),--resume $(RUN))

CXXFLAGS := -std=c++20 -O2 -ffp-contract=off -Wall -Wextra -Wpedantic -Werror -pthread
CHECKED  := -std=c++20 -g1 -fno-omit-frame-pointer -ffp-contract=off -Wall -Wextra -Wpedantic -Werror -pthread
# What is left out makes the code of Asio half as long again; the address sanitizer finds a null pointer, too.
ASAN     := $(CHECKED) -O0 -fsanitize=address,undefined -fno-sanitize=alignment,null,vptr -fno-sanitize-recover=all
TSAN     := $(CHECKED) -O1 -fsanitize=thread -Wno-tsan # Asio has fences, of which g++ warns that TSan ignores them

CPP_SOURCES := $(wildcard cpp/*.cpp cpp/*/*.cpp)
CPP_FOLDERS := $(filter-out spawn,$(patsubst cpp/%/,%,$(sort $(dir $(wildcard cpp/*/*.cpp)))))
CPP_APART   := $(patsubst cpp/%.cpp,%,$(wildcard cpp/*.cpp cpp/spawn/*.cpp)) # spawn: functions of the same name
NATIVE      := $(wildcard harness/native/*.cpp)
GO_SOURCES  := go/go.mod go/go.sum $(wildcard go/*.go go/*/*.go)
PY_SOURCES  := python harness tests benchmarks presentation

RUNNERS    := build/cpp/runner build/go/runner build/go/server build/native/spin build/native/probe
SANITIZED  := build/cpp-asan/runner build/cpp-tsan/runner build/go-race/runner build/go-race/server

.DEFAULT_GOAL := help

##@ Use

.PHONY: all
all: build ## set up, build, prove equal, time, draw (BUDGET=30m bounds the timing, RUN=results/… resumes)
	$(HARNESS) all $(BOUNDS)

.PHONY: quick
quick: build ## the same with small sizes and few rounds, in under 2 minutes once set up
	$(HARNESS) all --quick $(if $(BUDGET),--budget $(BUDGET))

.PHONY: charts
charts: setup ## draw the newest run again, with its pages (RUN=results/… another one)
	$(HARNESS) collate $(RUN)
	$(HARNESS) summarise $(RUN)
	$(HARNESS) chart $(RUN)
	$(HARNESS) slides $(RUN)
	$(HARNESS) report $(RUN)

.PHONY: slides
slides: setup ## make the deck of the newest run: slides.html, slides.pdf, notes.pdf (RUN=results/… another one)
	$(HARNESS) slides $(RUN)

.PHONY: cost
cost: build ## what the load server costs beside every client (BUDGET=2m)
	$(HARNESS) all --study server --budget $(or $(BUDGET),2m)

.PHONY: bench
bench: build build/plain/go build/plain/cpp ## how right the harness is; some 20 minutes with nothing else running (RUN=results/…)
	$(VENV)/python -m benchmarks.plain $(BENCHED)
	$(VENV)/python -m benchmarks.intervals $(BENCHED)
	$(VENV)/python -m benchmarks.null $(BENCHED)
	$(VENV)/python -m benchmarks.load $(BENCHED)

.PHONY: reference
reference: build ## measure one more session into REFERENCE=results/reference/…, renew its pages and ours
	$(HARNESS) measure --into $(REFERENCE) --budget $(or $(BUDGET),14m) $(STUDIES:%=--study %)
	@$(MAKE) --no-print-directory pages

.PHONY: pages
pages: setup ## make tables, charts and pages of REFERENCE=results/reference/… again, from its records
	$(HARNESS) collate $(REFERENCE)
	$(HARNESS) summarise $(REFERENCE)
	$(HARNESS) chart $(REFERENCE)
	$(HARNESS) slides $(REFERENCE)
	$(HARNESS) report $(REFERENCE) --splice README.md --splice METHODOLOGY.md
	$(HARNESS) pack $(REFERENCE)

.PHONY: verify
verify: build ## run every implementation on the small vectors
	$(HARNESS) verify

.PHONY: help
help: ## list these commands
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

##@ Set-up and build

.PHONY: doctor
doctor: ## find the toolchains, install what is missing or say how
	$(PYTHON) harness/setup/doctor.py

.PHONY: setup
setup: $(VENV)/ready ## doctor, and the Python packages in .venv

.PHONY: build
build: $(VENV)/ready ## the runners, the load server, and what calibrates the machine
	@$(PARALLEL) $(RUNNERS)

# Once it has found everything, doctor is asked again only when it has changed.
build/tools.mk: harness/setup/doctor.py
	$(PYTHON) harness/setup/doctor.py
	@touch $@

# Inside the environment, so that one that is removed is made anew.
$(VENV)/ready: build/tools.mk harness/setup/pythons.py requirements.txt requirements-dev.txt requirements-assets.txt requirements-python.txt
	$(PYTHON) harness/setup/pythons.py main
	@touch $@

# Looks anew each time it is asked for; PYTHONS=, if given, is in the environment of the recipe.
.PHONY: pythons
pythons: build/tools.mk ## every other CPython from 3.8 on, for --runtime and the tests (PYTHONS="/path …" wins)
	$(PYTHON) harness/setup/pythons.py pythons
	@mkdir -p build/pythons && touch build/pythons/ready

.PHONY: cluster
cluster: setup ## optional: Dask in .venv, for the model that runs on a cluster
	$(PYTHON) harness/setup/pythons.py extra cluster

.PHONY: postgresql
postgresql: setup ## optional: Python's PostgreSQL drivers in .venv, for queries of a server
	$(PYTHON) harness/setup/pythons.py extra postgresql

build/pythons/ready: build/tools.mk harness/setup/pythons.py requirements-python.txt
	@$(MAKE) --no-print-directory pythons

build/go/runner build/go-race/runner: $(GO_SOURCES) | build/tools.mk
	cd go && $(GO) build $(if $(findstring race,$@),-race )-o ../$@ .

build/go/server build/go-race/server: $(GO_SOURCES) | build/tools.mk
	cd go && $(GO) build $(if $(findstring race,$@),-race )-o ../$@ ./server

# What the harness itself measures the machine with.
build/native/%: harness/native/%.cpp Makefile | build/tools.mk
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $< -o $@

# What the kernels are held against: see benchmarks/plain.
build/plain/cpp: benchmarks/plain/plain.cpp Makefile | build/tools.mk
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $< -lcrypto -o $@

build/plain/go: benchmarks/plain/plain.go | build/tools.mk
	$(GO) build -o $@ $<

# One set of rules a flavour: optimised, address and undefined behaviour sanitizer, thread sanitizer. What is timed is
# compiled file by file; what is only tested a folder at once, which reads each header once and takes half the time.
define CPP_FLAVOUR
build/$(1)/runner: $(4:%=build/$(1)/%.o)
	$$(CXX) $$($(2)) $$^ -lcrypto -lpq -lsqlite3 -lz $$(shell $$(XML2_CONFIG) --libs) -o $$@

build/$(1)/%.o: cpp/%.cpp Makefile | build/tools.mk
	@mkdir -p $$(@D)
	$$(CXX) $$($(2)) -DFLAGS='"$(3)"' -Icpp $$(shell $$(XML2_CONFIG) --cflags) -MMD -MP -c $$< -o $$@

$(CPP_FOLDERS:%=build/$(1)/%.o): build/$(1)/%.o: $$$$(wildcard cpp/$$$$*/*.cpp) Makefile | build/tools.mk
	@mkdir -p $$(@D)
	printf '#include "%s"\n' $$(patsubst cpp/%,%,$$(wildcard cpp/$$*/*.cpp)) >$$(@:.o=.cpp)
	$$(CXX) $$($(2)) -DFLAGS='"$(3)"' -Icpp $$(shell $$(XML2_CONFIG) --cflags) -MMD -MP -c $$(@:.o=.cpp) -o $$@
endef
.SECONDEXPANSION:
$(eval $(call CPP_FLAVOUR,cpp,CXXFLAGS,-std=c++20 -O2 -ffp-contract=off,$(CPP_SOURCES:cpp/%.cpp=%)))
$(eval $(call CPP_FLAVOUR,cpp-asan,ASAN,-O0,$(CPP_APART) $(CPP_FOLDERS)))
$(eval $(call CPP_FLAVOUR,cpp-tsan,TSAN,-O1,$(CPP_APART) $(CPP_FOLDERS)))
-include $(wildcard build/cpp*/*.d build/cpp*/*/*.d)

##@ Tests and checks

.PHONY: test
test: build build/pythons/ready ## everything, under every sanitizer and on every Python found
	@$(PARALLEL) $(SANITIZED)
	cd go && $(GO) test -race ./...
	HYPERFINE="$(HYPERFINE)" CHROMIUM="$(CHROMIUM)" $(VENV)/pytest -n 3 --dist loadgroup

.PHONY: lint
lint: setup ## check style and types, change nothing
	$(VENV)/ruff check $(PY_SOURCES)
	$(VENV)/ruff format --check $(PY_SOURCES)
	$(VENV)/mypy
	@badly=$$($$($(GO) env GOROOT)/bin/gofmt -l go benchmarks); test -z "$$badly" || { echo "run 'make fmt':" $$badly; exit 1; }
	cd go && $(GO) vet ./... && $(GO) run honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK) ./...
	$(VENV)/clang-format --dry-run --Werror $(CPP_SOURCES) $(NATIVE) benchmarks/plain/plain.cpp $(wildcard cpp/*.hpp cpp/*/*.hpp)

.PHONY: fmt
fmt: setup ## write all sources in their style
	$(VENV)/ruff check --fix $(PY_SOURCES)
	$(VENV)/ruff format $(PY_SOURCES)
	cd go && $(GO) fmt ./...
	$(VENV)/clang-format -i $(CPP_SOURCES) $(NATIVE) benchmarks/plain/plain.cpp $(wildcard cpp/*.hpp cpp/*/*.hpp)

.PHONY: lock
lock: setup ## pin the requirements anew (needs uv)
	for name in requirements requirements-dev; do \
	  uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate $$name.in -o $$name.txt; done

.PHONY: clean
clean: ## remove what was built, not what was measured
	rm -rf build .pytest_cache .mypy_cache .ruff_cache

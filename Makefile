# Two commands do everything: `make bench` measures, `make test` tests.

GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS := -X github.com/fanbench/fanbench/internal/version.version=$(VERSION) -X github.com/fanbench/fanbench/internal/version.commit=$(COMMIT)

# The scenarios of `make bench`.
SCENARIOS ?= examples/scenarios/downloads.yaml examples/scenarios/longtail.yaml
# The scenarios of `make bench-suite`, in the order in which the matrix shows them.
SUITE := $(patsubst %,examples/scenarios/suite/%.yaml,short-io long-io heavy-tail limited-server rate-limited failing-server panicking memory-hungry cpu-bound tiny-tasks)
# Those of `make bench-load-suite`.
LOAD_SUITE := $(patsubst %,examples/scenarios/load-suite/%.yaml,below-knee at-knee overload bursts two-tenants)
# What `make bench-compare` compares: run directories or outputs of go test -bench.
BASE ?=
HEAD ?= reports/latest
# The run that `make report` renders again.
RUN ?= reports/latest

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
GORELEASER  := github.com/goreleaser/goreleaser/v2@v2.12.7

.DEFAULT_GOAL := help
.PHONY: help build build-cluster test-cluster e2e-slurm e2e-kubernetes bench bench-quick bench-compare bench-suite bench-load-suite bench-questions bench-overhead bench-isolation bench-mockserver bench-load prove prove-load prove-machines prove-predict hostile semantics languages load-nginx load-sqlite load-function full target-command target-tcp target-grpc target-sqlite target-postgres pictures manual release-snapshot report serve test lint check clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/fanbench
	@$(GO) build -ldflags "$(LDFLAGS)" -o bin/fanbench ./cmd/fanbench

full: ## Build bin/fanbench-full: fanbench with gRPC and drivers for PostgreSQL and SQLite; a minute the first time
	@$(GO) build -C cmd/fanbench-full -ldflags "$(LDFLAGS)" -o ../../bin/fanbench-full .

bench: build ## Compare strategies on the default scenarios: under two minutes
	@bin/fanbench run $(SCENARIOS)

bench-quick: build ## The same with three rounds: a look, not a result
	@bin/fanbench run --quick $(SCENARIOS)

# Status 1 is that strategies failed, as they do where tasks panic; a run that is not
# complete and valid leaves the page as it is.
bench-suite: build ## Measure ten situations, into the matrix of docs/choosing.md: under ten minutes, 1 GB of disk
	@bin/fanbench run $(SUITE) || test $$? -eq 1
	@grep -q '"status": "complete"' reports/latest/summary.json
	@sed '/^<!-- measured/q' docs/choosing.md >bin/choosing.md
	@cat reports/latest/matrix.md >>bin/choosing.md
	@mv bin/choosing.md docs/choosing.md
	@cp reports/latest/charts/matrix.png docs/images/matrix.png

bench-load-suite: build ## Measure five situations under load, into docs/choosing-load.md: under ten minutes
	@bin/fanbench run $(LOAD_SUITE) || test $$? -eq 1
	@grep -q '"status": "complete"' reports/latest/summary.json
	@sed '/^<!-- measured/q' docs/choosing-load.md >bin/choosing-load.md
	@cat reports/latest/matrix.md >>bin/choosing-load.md
	@mv bin/choosing-load.md docs/choosing-load.md
	@cp reports/latest/charts/matrix.png docs/images/matrix-load.png

bench-compare: build ## Compare the runs BASE and HEAD: exit 0 within 5%, 3 beyond, 4 cannot tell
	@if [ -z "$(BASE)" ]; then echo "name a run: make bench-compare BASE=reports/runs/... [HEAD=reports/latest]" >&2; exit 2; fi
	@bin/fanbench compare $(BASE) $(HEAD)

# Status 1 is that strategies failed, as they do without descriptors.
bench-questions: ## Answer questions about 10 to 10,000 calls, into docs/choosing.md: five minutes
	@OUT=$(CURDIR)/reports/questions examples/questions/run.sh
	@awk '/^<!-- end of questions/ {skip = 0} !skip {print} /^<!-- questions:/ {skip = 1; print ""; while ((getline line < "reports/questions/large/matrix.md") > 0) print line; \
		while ((getline line < "reports/questions/descriptors/summary.md") > 0) if (line ~ /^(\*\*|\|)/) print line; print ""}' docs/choosing.md >reports/questions/page.md
	@mv reports/questions/page.md docs/choosing.md

bench-overhead: ## What every strategy costs per empty task: table and reports/overhead/overhead.png
	@$(GO) run ./cmd/overhead

bench-isolation: ## What it costs to give each strategy its own process: 100 tasks of 20 ms
	@$(GO) run ./cmd/overhead -isolation

bench-mockserver: ## How precise, fast and small the mock server is beside its peers: seven minutes
	@$(GO) run ./cmd/mockbench

bench-load: ## How punctually fanbench sends, beside other load generators, into docs/load-generator.md: six minutes
	@$(GO) build -o bin/loadbench ./cmd/loadbench
	@bin/loadbench -out reports/load-generator
	@sed '/^<!-- measured/q' docs/load-generator.md | cat - reports/load-generator/page.md >reports/load-generator/new.md
	@mv reports/load-generator/new.md docs/load-generator.md
	@cp reports/load-generator/load-generator.png docs/images/load-generator.png

# The page has two measured parts, and before the second the text about it.
prove: ## Prove what verdicts promise, into docs/proof.md: false positives, A/A, small slow-downs, predictions, load; 55 minutes
	@$(GO) run ./cmd/prove -out reports/prove
	@sed '/^<!-- measured/q' docs/proof.md | cat - reports/prove/proof.md >reports/prove/page.md
	@sed -n '/^## Phases of load/,/^<!-- load/p' docs/proof.md | cat - reports/prove/load.md >>reports/prove/page.md
	@mv reports/prove/page.md docs/proof.md
	@cp reports/prove/proof.png reports/prove/load-theory.png reports/prove/load-paths.png reports/prove/predict.png docs/images/
	@sed '/^<!-- measured/q' docs/predict.md | cat - reports/prove/predict.md >reports/prove/page.md
	@mv reports/prove/page.md docs/predict.md

prove-machines: ## The part of it about several machines alone, simulated: two minutes
	@$(GO) run ./cmd/prove -only machines -out reports/prove-machines
	@sed '/^### Simulated: several machines/,$$d' docs/proof.md | cat - reports/prove-machines/machines.md >reports/prove-machines/page.md
	@sed -n '/^### A\/A test/,$$p' docs/proof.md >>reports/prove-machines/page.md
	@mv reports/prove-machines/page.md docs/proof.md

prove-load: ## The part of it about phases of load and queueing theory alone: six minutes
	@$(GO) run ./cmd/prove -only load -out reports/prove-load
	@sed '/^<!-- load/q' docs/proof.md | cat - reports/prove-load/load.md >reports/prove-load/page.md
	@mv reports/prove-load/page.md docs/proof.md
	@cp reports/prove-load/load-theory.png reports/prove-load/load-paths.png docs/images/

prove-predict: ## The part of it that predicts batches and then measures them, into docs/predict.md: 16 minutes
	@$(GO) run ./cmd/prove -only predict -out reports/prove-predict
	@sed '/^<!-- measured/q' docs/predict.md | cat - reports/prove-predict/predict.md >reports/prove-predict/page.md
	@mv reports/prove-predict/page.md docs/predict.md
	@cp reports/prove-predict/predict.png docs/images/

# Status 1 is a broken promise: the page is written all the same, and says which.
hostile: ## Try what docs/reliability.md promises: kills, signals, damage, misbehaviour; minutes, Linux
	@$(GO) build -o bin/hostile ./cmd/hostile
	@bin/hostile -out reports/hostile; status=$$?; test $$status -le 1 || exit $$status; \
		sed '/^<!-- measured/q' docs/reliability.md | cat - reports/hostile/reliability.md >reports/hostile/page.md && \
		mv reports/hostile/page.md docs/reliability.md && exit $$status

semantics: build ## Measure what strategies do when things go wrong, into docs/semantics.md: five minutes, 3 GB
	@sed '/^<!-- measured/q' docs/semantics.md >bin/semantics.md
	@bin/fanbench semantics --format markdown >>bin/semantics.md
	@mv bin/semantics.md docs/semantics.md

languages: build ## Compare Go with Rust (cargo, Debian's librust-rayon-dev, librust-tokio-dev) and JavaScript (node)
	@cd examples/rust && cargo build --release --offline --quiet
	@cd examples/rust/pools && cargo build --release --offline --quiet --config debian.toml
	@bin/fanbench run examples/scenarios/languages.yaml

# Status 1 is that strategies failed, as they do beyond what a service can do.
load-nginx: build ## Fan-outs that arrive at nginx with limit_conn: nine minutes
	@FANBENCH=bin/fanbench examples/load-nginx/run.sh || test $$? -eq 1

load-sqlite: build ## Fan-outs that arrive at a service with a pool of connections to SQLite: seven minutes
	@FANBENCH=bin/fanbench examples/load-sqlite/run.sh || test $$? -eq 1

load-function: build ## Fan-outs of a function that tries again, at the nginx of load-nginx: six minutes
	@examples/load-function/run.sh || test $$? -eq 1

target-command: build ## A process a task: gzip
	@FANBENCH=bin/fanbench examples/command/run.sh

target-tcp: build ## An exchange over TCP a task
	@FANBENCH=bin/fanbench examples/tcp/run.sh

target-grpc: full ## A call by gRPC a task
	@FANBENCH=bin/fanbench-full examples/grpc/run.sh

target-sqlite: full ## A query a task, to SQLite
	@FANBENCH=bin/fanbench-full examples/sql/run-sqlite.sh

target-postgres: full ## A query a task, to PostgreSQL, which must be installed
	@FANBENCH=bin/fanbench-full examples/sql/run-postgres.sh

pictures: bench ## Measure as make bench does, into the pictures and figures of README.md
	@cp reports/latest/charts/downloads-timeline.png reports/latest/charts/longtail-makespan.png docs/images/
	@bin/fanbench report reports/latest | awk '/^longtail:/ {exit} /^downloads:/ {on = 1} on && NF {while (blank-- > 0) print ""; blank = 0; print; next} on {blank++}' >bin/downloads.txt
	@awk '/^<!-- end of measured/ {skip = 0} !skip {print} /^<!-- measured by make pictures/ {skip = 1; print "```"; while ((getline line < "bin/downloads.txt") > 0) print line; print "```"}' README.md >bin/README.md
	@mv bin/README.md README.md

manual: ## Write manual pages and shell completions into bin/manual
	@$(GO) run ./cmd/manual bin/manual

# SBOMs need the program syft; without it they are left out.
release-snapshot: ## Build what a release has into dist/: three systems, two processors, archives, checksums; 15 minutes the first time
	@$(GO) run $(GORELEASER) release --snapshot --clean $$(command -v syft >/dev/null || echo --skip=sbom)

report: build ## Render RUN again, measuring nothing
	@bin/fanbench report $(RUN)

serve: build ## Start the mock server alone, 20 ms in the median
	@bin/fanbench serve --latency lognormal:p50=20ms,p99=200ms

# Arithmetic, simulations and drawings share nothing between goroutines, and take ten times as
# long with the race detector. Many other tests wait, for trials and processes, so four packages
# at a time take less than two.
UNSHARED := ./bench/stat ./bench/stat/simulate ./internal/advice/planted ./internal/figure ./internal/queueing ./reports/internal/charts

test: ## Run all tests, with the race detector
	$(GO) test $(UNSHARED)
	$(GO) test -C cmd/fanbench-full ./...
	$(GO) test -p 4 -race -timeout 20m $$($(GO) list ./... | grep -v -x $(patsubst ./%,-e github.com/fanbench/fanbench/%,$(UNSHARED)))

build-cluster: ## Build bin/fanbench-cluster: fanbench with S3, GCS and Azure, static
	@CGO_ENABLED=0 $(GO) build -C cmd/fanbench-cluster -trimpath -ldflags "-s -w $(LDFLAGS)" -o ../../bin/fanbench-cluster .

test-cluster: ## Test it against an S3 server in the test's process
	$(GO) test -C cmd/fanbench-cluster ./...

e2e-slurm: ## Measure shards on a real Slurm on this machine: root, the distribution's packages, a minute
	@.ci/e2e-slurm

e2e-kubernetes: ## The same on a real Kubernetes of five nodes: root; half an hour of CPU time to build it, then six minutes
	@.ci/e2e-kubernetes

lint: ## go vet, staticcheck, gofumpt; and that other systems build
	$(GO) vet ./...
	$(GO) vet -C cmd/fanbench-full ./...
	$(GO) run $(STATICCHECK) ./...
	@bad="$$($(GO) run $(GOFUMPT) -l .)"; if [ -n "$$bad" ]; then echo "gofumpt would change:"; echo "$$bad"; exit 1; fi
	GOOS=darwin $(GO) build ./...
	GOOS=windows $(GO) build ./...

check: lint test ## What CI runs

clean: ## Remove what was built; runs stay
	rm -rf bin

# Two commands for a newcomer: `make up` and `make test`. The others are for those who build Tierra.
# What is built and downloaded lies outside the clone, so that a second clone is quick: set TIERRA_CACHE to move it.
TIERRA_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/tierra
export TIERRA_CACHE
export CARGO_TARGET_DIR ?= $(TIERRA_CACHE)/target
PROFILE ?= fast
TIERRA := $(CARGO_TARGET_DIR)/$(PROFILE)/tierra
STACK ?= examples/minitwit

.PHONY: up down test lint bench build setup images help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: setup build images ## Set up what is missing and bring the example stack up
	@$(TIERRA) up $(STACK)
	@echo 'Next: open the address above, then $(TIERRA) ps, logs or ssh with its instance id; make down takes it all away.'

down: ## Delete the example stack and stop the cloud
	@test ! -x $(TIERRA) || { $(TIERRA) down $(STACK); $(TIERRA) stop; }

test: setup build images ## Set up what is missing and pass the tests
	@scripts/test

lint: ## Formatting, clippy, the house rules, licences
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo xtask tidy
	@scripts/deny

bench: setup build images ## Measure, as ratios against peers in the same run
	@scripts/bench

setup:
	@scripts/setup

build:
	@cargo build --locked --profile $(PROFILE) --package tierra --package minitwit
	@install -D $(CARGO_TARGET_DIR)/$(PROFILE)/minitwit examples/minitwit/build/minitwit

images:
	@for image in debian-12 mariadb-10.11 postgresql-15; do $(TIERRA) image build $$image || exit; done

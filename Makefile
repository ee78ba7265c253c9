# Everything starts here; each target makes ready what it needs. See CONTRIBUTING.md.
#
#   make demo    SMTP_PORT= PORTAL_PORT= INBOX_PORT= CONSOLE_PORT= DATA= AUTO= change ports, folder and samples
#   make test    ARGS= goes to pytest: make test ARGS='tests/unit -k vault'
#                WORKERS= run so many processes side by side

# Some containers switch this on: every process would compile what it imports, and there are hundreds of them.
unexport PYTHONDONTWRITEBYTECODE

PYTHON_FILES = zegel demo bench tests postfix/zegel-postfix $(wildcard postfix/*.py)
LEAVES = milter courier portal console web

.PHONY: setup demo test quick lint bench quality fuzz deb lock sbom audit

setup:
	@tools/setup

demo:
	@tools/setup
	@exec .venv/bin/python -m demo

test:
	@tools/setup test
	@exec .venv/bin/$(if $(ARGS),pytest --quiet $(ARGS),python -m tests $(REPORT))

# The loop of an engineer: no browser, no office, no server, nothing that takes seconds.
# Its databases are in memory where there is room: waiting for a disk is a third of a test that has one.
quick:
	@tools/setup test
	@[ "$$(df --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 2000000 ] 2>/dev/null && export PYTEST_DEBUG_TEMPROOT=/dev/shm; \
	exec .venv/bin/pytest --quiet tests/unit zegel courier portal console web -m "not slow" -n 3 --dist loadgroup \
	  -o tmp_path_retention_policy=failed $(ARGS)

# mypy does not read setup.cfg's package_dir: it gets the leaves under their installed names.
lint:
	@tools/setup
	@mkdir -p .venv/leaves
	@for leaf in $(LEAVES); do ln -sfn ../../$$leaf .venv/leaves/zegel_$$leaf; done
	.venv/bin/ruff check . postfix/zegel-postfix
	MYPYPATH=.venv/leaves:postfix .venv/bin/mypy --strict $(PYTHON_FILES) $(LEAVES:%=.venv/leaves/zegel_%)

bench:
	@tools/setup
	@exec .venv/bin/python -m bench

quality:
	@tools/setup
	@exec .venv/bin/python -m tests.quality

fuzz:
	@tools/setup
	@exec .venv/bin/pytest --quiet tests/fuzz --hypothesis-profile=long

# The Debian package, in build/. REVISION= numbers builds of one version; LINT=1 has lintian look at it.
deb:
	@tools/deb/build

# Locked packages: their hashes, their list for who has to know, and what is known against them.
lock sbom audit:
	@tools/setup
	@tools/release $@

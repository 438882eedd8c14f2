# What a C programmer types; cargo does the work.
#
#   make demo                     builds everything and runs the examples against a local instance
#   make test                     runs every test; says what was skipped for want of a tool
#   make soak                     puts what docs/reliability.md promises to the test for ten minutes, and prints figures
#   make && sudo make install [PREFIX=/usr/local] [DESTDIR=]
#   make bench [BENCH="--suite export-gzip --rounds 1"]    measures it beside its peers: benches/README.md
#   make deb                      makes libsnow0 and libsnow-dev for Debian, in target/deb
#   make wheel                    builds the package for Python into target/wheel
#   make notices                  writes what has to go along with a built library: the notices of what it is built of
#   make man                      writes the man pages into target/man, for make install to take along
#   make docs                     writes the manual and the reference as a site into target/docs
#   make header                   writes include/snow.h and what is made of it anew, after a change in src/ffi

PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
CARGO ?= cargo
TARGET ?= $(or $(CARGO_TARGET_DIR),target)
# The same as a folder of examples sees it: make takes no name with a space, which the checkout's own may have.
FROM_EXAMPLES = $(if $(filter /%,$(TARGET)),,../)$(TARGET)

# The minor version of the oldest Rust that will do.
RUST := $(shell sed -n 's/^rust-version = "1\.\(.*\)"/\1/p' Cargo.toml | head -n 1)
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
ABI := $(shell sed -n 's/^const ABI_VERSION: &str = "\(.*\)";/\1/p' build.rs)

HEADERS = snow.h snow.hpp snow.cdef.h
CMAKE_FILES = snow-config.cmake snow-config-version.cmake

# One of the pages, for all: they are written together.
PAGES = $(TARGET)/man/man3/snow.3
INSTALLED_PAGES = "$(DESTDIR)$(MANDIR)/man3/snow.3" "$(DESTDIR)$(MANDIR)"/man3/snow_*.3 \
    "$(DESTDIR)$(MANDIR)/man7/libsnow.7"

.DEFAULT_GOAL := build

build: need-cargo
	$(CARGO) build --release --lib

demo: need-cargo need-cc
	$(CARGO) build --lib --bins --package libsnow --package snow-instance
	$(MAKE) --no-print-directory -C examples-c BUILT=$(FROM_EXAMPLES)/debug OUT=$(FROM_EXAMPLES)/examples-c
	if command -v c++ >/dev/null; then \
	    $(MAKE) --no-print-directory -C examples-cpp BUILT=$(FROM_EXAMPLES)/debug \
	        OUT=$(FROM_EXAMPLES)/examples-cpp; fi
	examples-c/demo.sh "$(abspath $(TARGET))/examples-c" "$(abspath $(TARGET))/examples-cpp" \
	    "$(abspath $(TARGET))/debug/snow-instance"

test: need-cargo need-cc
	tests/run.sh

# No rule of its own: the pages would never be up to date behind it.
define need-doxygen
@command -v doxygen >/dev/null || { echo "doxygen is missing: apt-get install doxygen" >&2; exit 1; }
@command -v python3 >/dev/null || { echo "python3 is missing: apt-get install python3" >&2; exit 1; }
endef

man: $(PAGES)

$(PAGES): include/snow.h docs/Doxyfile $(wildcard docs/*.py docs/*.md)
	$(need-doxygen)
	python3 docs/man.py $(TARGET)/man

docs:
	$(need-doxygen)
	python3 docs/website.py $(TARGET)/docs
	@echo "$(TARGET)/docs/index.html"

soak: need-cargo need-cc
	tests/soak.sh

# SMOKE=1 runs a little of all, to see that it works.
bench: need-cargo need-cc
	python3 benches/driver $(if $(SMOKE),--smoke) $(BENCH)

install:
	@test -f $(TARGET)/release/libsnow.so || { \
	    echo "nothing is built yet: run make first, then make install" >&2; exit 1; }
	@# What is installed says where it lies, to those who ask from elsewhere.
	@for path in $(foreach each,PREFIX LIBDIR INCLUDEDIR DATADIR MANDIR,"$(each)=$($(each))"); do \
	    case $$path in *=/* | PREFIX=) ;; *) echo "$$path: accepted are paths that begin with /" >&2; exit 1;; esac; done
	install -d "$(DESTDIR)$(LIBDIR)/pkgconfig" "$(DESTDIR)$(INCLUDEDIR)" "$(DESTDIR)$(DATADIR)/cmake/snow"
	install -m 755 $(TARGET)/release/libsnow.so "$(DESTDIR)$(LIBDIR)/libsnow.so.$(VERSION)"
	ln -sf libsnow.so.$(VERSION) "$(DESTDIR)$(LIBDIR)/libsnow.so.$(ABI)"
	ln -sf libsnow.so.$(ABI) "$(DESTDIR)$(LIBDIR)/libsnow.so"
	install -m 644 $(TARGET)/release/libsnow.a "$(DESTDIR)$(LIBDIR)/libsnow.a"
	install -m 644 $(addprefix include/,$(HEADERS)) "$(DESTDIR)$(INCLUDEDIR)"
	install -m 644 $(addprefix packaging/cmake/,$(CMAKE_FILES)) "$(DESTDIR)$(DATADIR)/cmake/snow"
	sed $(foreach each,PREFIX LIBDIR INCLUDEDIR VERSION,-e "s|@$(each)@|$(subst &,\&,$($(each)))|") \
	    packaging/snow.pc.in > "$(DESTDIR)$(LIBDIR)/pkgconfig/snow.pc"
	chmod 644 "$(DESTDIR)$(LIBDIR)/pkgconfig/snow.pc"
	@if $(MAKE) --no-print-directory --question man; then \
	    install -d "$(DESTDIR)$(MANDIR)/man3" "$(DESTDIR)$(MANDIR)/man7"; \
	    cp -P $(TARGET)/man/man3/*.3 "$(DESTDIR)$(MANDIR)/man3"; \
	    cp -P $(TARGET)/man/man7/*.7 "$(DESTDIR)$(MANDIR)/man7"; \
	    chmod 644 $(INSTALLED_PAGES); \
	else echo "without man pages: make man writes them"; fi
	@# The loader goes by a list of its own, which root alone may renew.
	-@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ]; then PATH="$$PATH:/sbin:/usr/sbin" ldconfig; fi

uninstall:
	rm -f "$(DESTDIR)$(LIBDIR)/libsnow.so" "$(DESTDIR)$(LIBDIR)/libsnow.so.$(ABI)" \
	    "$(DESTDIR)$(LIBDIR)/libsnow.so.$(VERSION)" "$(DESTDIR)$(LIBDIR)/libsnow.a" \
	    $(foreach each,$(HEADERS),"$(DESTDIR)$(INCLUDEDIR)/$(each)") "$(DESTDIR)$(LIBDIR)/pkgconfig/snow.pc" \
	    $(foreach each,$(CMAKE_FILES),"$(DESTDIR)$(DATADIR)/cmake/snow/$(each)")
	rm -f $(INSTALLED_PAGES)
	-rmdir "$(DESTDIR)$(DATADIR)/cmake/snow"

deb: build man
	@command -v dh >/dev/null || { echo "debhelper is missing: apt-get install debhelper" >&2; exit 1; }
	packaging/deb.sh $(VERSION) $(abspath $(TARGET))

notices: need-cargo
	@command -v python3 >/dev/null || { echo "python3 is missing: apt-get install python3" >&2; exit 1; }
	mkdir -p $(TARGET)
	packaging/notices.py $(TARGET)/THIRD-PARTY-NOTICES
	@echo "$(TARGET)/THIRD-PARTY-NOTICES"

wheel: build
	@command -v python3 >/dev/null || { echo "python3 is missing: apt-get install python3 python3-venv" >&2; exit 1; }
	@python3 -c 'import ensurepip' 2>/dev/null || { \
	    echo "python3's ensurepip is missing: apt-get install python3-venv" >&2; exit 1; }
	tests/instance/judges/install.sh bindings/python/wheel.txt
	rm -rf $(TARGET)/wheel
	$(TARGET)/judges/wheel/bin/pip wheel --quiet --disable-pip-version-check --no-build-isolation --no-deps \
	    --wheel-dir $(TARGET)/wheel bindings/python
	@ls $(TARGET)/wheel/*.whl

header: need-cargo
	SNOW_BLESS=1 $(CARGO) test --quiet --test header

need-cargo:
	@command -v $(CARGO) >/dev/null || { \
	    echo "cargo is missing: install Rust 1.$(RUST) or newer, https://rustup.rs" >&2; exit 1; }
	@found=$$($(CARGO) --version | sed -n 's/^cargo 1\.\([0-9]*\)\..*/\1/p'); \
	if [ "$${found:-$(RUST)}" -lt $(RUST) ]; then \
	    echo "cargo 1.$$found is too old: install Rust 1.$(RUST) or newer, https://rustup.rs" >&2; exit 1; fi

need-cc:
	@command -v cc >/dev/null || { \
	    echo "a C compiler is missing: apt-get install build-essential" >&2; exit 1; }

.PHONY: build demo test soak man docs bench install uninstall deb wheel header need-cargo need-cc

# SPDX-License-Identifier: GPL-2.0-or-later
# astctl: one plain makefile. `make help` lists the targets.
#   PREFIX=/usr/local DESTDIR= V=1 DEVELOPER=1 SAN=address,undefined CC=... PKG_CONFIG=...

VERSION   := 0.1.0
SONAME    := 0
PREFIX    ?= /usr/local
BINDIR    ?= $(PREFIX)/bin
LIBDIR    ?= $(PREFIX)/lib
INCDIR    ?= $(PREFIX)/include
MANDIR    ?= $(PREFIX)/share/man
BASHDIR   ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR    ?= $(PREFIX)/share/zsh/site-functions
PKG_CONFIG ?= pkg-config
PYTHON    ?= python3
O         ?= build$(if $(SAN),-san)

CFLAGS    ?= -O2 -g
WARN      := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes
WARN      += $(if $(DEVELOPER),-Werror -Wundef -Wpointer-arith -Wwrite-strings)
HARDEN    := -fstack-protector-strong -fstack-clash-protection -fcf-protection \
             $(if $(SAN),,-D_FORTIFY_SOURCE=2)
SANFLAGS  := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
# jansson is linked; libcurl and libwebsockets are only loaded by the commands that need them.
DEPS      := jansson
CPPFLAGS  += -D_GNU_SOURCE -DASTCTL_VERSION='"$(VERSION)"' -Ilib -I$(O)
ALL_CFLAGS = -std=gnu11 -fPIC -fvisibility=hidden $(WARN) $(HARDEN) $(SANFLAGS) $(CFLAGS) -MMD -MP
ALL_LDFLAGS = $(SANFLAGS) -Wl,-z,relro,-z,now $(LDFLAGS)
JANSSON    = $(shell $(PKG_CONFIG) --libs jansson)

comma     := ,
Q          = $(if $(V),,@)
say        = $(if $(V),,@printf '  %-7s %s\n' "$(1)" "$(patsubst $(CURDIR)/%,%,$@)")

LIB_OBJ   := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard lib/*.c)))
CLI_OBJ   := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard cli/*.c)))
UNIT      := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/unit/test_*.c)))
FUZZ      := $(patsubst tests/fuzz/%.c,build-fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
BENCH     := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/bench/*.c)))
EXAMPLES  := $(patsubst %.c,$(O)/%,$(sort $(wildcard examples/*.c)))
C_FILES   := $(sort $(wildcard lib/*.c lib/*.h lib/ari/*.h cli/*.[ch] examples/*.c tests/*/*.[ch]))

.PHONY: all help demo check check-san fuzz bench lint format stubs install uninstall sizes clean
all: $(O)/astctl $(O)/libari.a $(O)/libari.so $(EXAMPLES)

help:
	@echo 'all demo check check-san fuzz bench soak lint format stubs install uninstall sizes'
	@echo 'compile_commands.json clean; variables: PREFIX DESTDIR V=1 DEVELOPER=1 SAN=address,undefined'

$(O)/%.o: %.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(O)/libari.a: $(LIB_OBJ)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(O)/libari.so.$(SONAME): $(LIB_OBJ) lib/libari.map
	$(call say,LD)
	$(Q)$(CC) -shared $(ALL_LDFLAGS) -Wl,-soname,$(@F) -Wl,--version-script=lib/libari.map \
		-o $@ $(LIB_OBJ) $(JANSSON) -ldl -lm

$(O)/libari.so: $(O)/libari.so.$(SONAME)
	$(Q)ln -sf $(<F) $@

$(O)/astctl: $(CLI_OBJ) $(O)/libari.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(JANSSON) -ldl -lm

$(EXAMPLES): $(O)/examples/%: $(O)/examples/%.o $(O)/libari.a
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(JANSSON) -ldl -lm

# In this one, allocations fail when the test says so.
$(O)/tests/unit/test_memory: LDFLAGS += $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc \
	reallocarray strdup strndup open_memstream asprintf __asprintf_chk)

# Unit tests link the library's objects themselves, and so reach what it does not export.
$(UNIT): $(O)/tests/unit/%: $(O)/tests/unit/%.o $(filter-out $(O)/cli/main.o,$(CLI_OBJ)) $(O)/libari.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(JANSSON) -lcmocka -ldl -lm

$(BENCH): $(O)/tests/bench/%: $(O)/tests/bench/%.o $(O)/libari.a
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(JANSSON) -ldl -lm

$(FUZZ): build-fuzz/%: tests/fuzz/%.c $(wildcard lib/*.c lib/*.h lib/ari/*.h cli/*.c cli/*.h)
	$(call say,FUZZ)
	@mkdir -p $(@D)
	$(Q)clang -g -O1 -std=gnu11 $(CPPFLAGS) -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $< $(wildcard lib/*.c) \
		$(filter-out cli/main.c,$(wildcard cli/*.c)) $(JANSSON) -ldl -lm

# The server module: module, module-22, module-16, install-module.
include module/module.mk

stubs:
	$(PYTHON) lib/api/generate.py

demo:
	@tests/deps demo
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all module-22
	@tests/demo

check:
	@tests/deps check
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all unit module-22 module-16
	@tests/run $(O)

unit: $(UNIT) $(MODULE_UNIT)

check-san:
	@tests/deps check-san
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) SAN=address,undefined all unit module-22 module-16
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) fuzz-build
	@FUZZ_SECONDS=5 tests/fuzz/run build-fuzz
	@tests/run build-san

fuzz:
	@tests/deps fuzz
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) fuzz-build
	@tests/fuzz/run build-fuzz

fuzz-build: $(FUZZ)

bench:
	@tests/deps bench
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) all bench-build module-22
	@status=0; tests/bench/run $(O) || status=1; tests/module/bench/run $(O) || status=1; exit $$status

bench-build: $(BENCH)

lint:
	@tests/lint

format:
	clang-format -i $(C_FILES)

sizes:
	@wc -l $(C_FILES) | sort -rn | sed -n 2,11p

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCDIR)/ari \
		$(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR)
	install -m 755 $(O)/astctl $(DESTDIR)$(BINDIR)/astctl
	install -m 644 $(O)/libari.a $(DESTDIR)$(LIBDIR)/
	install -m 755 $(O)/libari.so.$(SONAME) $(DESTDIR)$(LIBDIR)/
	ln -sf libari.so.$(SONAME) $(DESTDIR)$(LIBDIR)/libari.so
	sed -e 's|@PREFIX@|$(PREFIX)|;s|@LIBDIR@|$(LIBDIR)|;s|@INCDIR@|$(INCDIR)|;s|@VERSION@|$(VERSION)|' \
		lib/libari.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/libari.pc
	install -m 644 lib/ari/*.h $(DESTDIR)$(INCDIR)/ari/
	install -m 644 man/*.1 $(DESTDIR)$(MANDIR)/man1/

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/astctl $(DESTDIR)$(MANDIR)/man1/astctl.1 $(DESTDIR)$(LIBDIR)/libari.a $(DESTDIR)$(LIBDIR)/libari.so* \
		$(DESTDIR)$(LIBDIR)/pkgconfig/libari.pc
	rm -rf $(DESTDIR)$(INCDIR)/ari

compile_commands.json: Makefile
	@bear -- $(MAKE) --no-print-directory -B all >/dev/null && echo "$@ written"

clean:
	rm -rf build build-san build-fuzz

-include $(shell find $(O) -name '*.d' 2>/dev/null)

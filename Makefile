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

Q          = $(if $(V),,@)
say        = $(if $(V),,@printf '  %-7s %s\n' "$(1)" "$(patsubst $(CURDIR)/%,%,$@)")

LIB_OBJ   := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard lib/*.c)))
CLI_OBJ   := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard cli/*.c)))
UNIT      := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/unit/test_*.c)))
CORE_UNIT := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/module/unit/test_*.c)))
FUZZ      := $(patsubst tests/fuzz/%.c,build-fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
BENCH     := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/bench/*.c)))
EXAMPLES  := $(patsubst %.c,$(O)/%,$(sort $(wildcard examples/*.c)))
C_FILES   := $(sort $(wildcard lib/*.c lib/*.h lib/ari/*.h cli/*.[ch] examples/*.c tests/*/*.[ch]))

.PHONY: docs module module-22 module-16 install-module all help demo check check-san fuzz bench lint format stubs install uninstall deps sizes clean
all: $(O)/astctl $(O)/libari.a $(O)/libari.so $(O)/libari.pc $(EXAMPLES)

help:
	@echo 'all demo check check-san fuzz bench lint format stubs install uninstall sizes'
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

$(O)/libari.pc: lib/libari.pc.in Makefile
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|;s|@LIBDIR@|$(LIBDIR)|;s|@INCDIR@|$(INCDIR)|;s|@VERSION@|$(VERSION)|' $< >$@

$(O)/astctl: $(CLI_OBJ) $(O)/libari.a
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -pie -o $@ $^ $(JANSSON) -ldl -lm

$(EXAMPLES): $(O)/examples/%: $(O)/examples/%.o $(O)/libari.a
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(JANSSON) -ldl -lm

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
		$(filter-out cli/main.c,$(wildcard cli/*.c)) $(FUZZ_MORE) $(JANSSON) -ldl -lm

FUZZ_XML  := $(wildcard module/core/xml*.c) module/core/buf.c module/core/utf8.c
build-fuzz/fuzz_xml: FUZZ_MORE = -Imodule/core $(FUZZ_XML) -lexpat
build-fuzz/fuzz_xml: $(FUZZ_XML) $(wildcard module/core/*.h)

# The server module: M is where it is built, ASTERISK_INCLUDE the Asterisk it is built for. What
# differs between versions is chosen by looking at the headers.
ASTERISK_INCLUDE ?= /usr/include
ASTMODDIR ?= $(firstword $(wildcard /usr/lib/*/asterisk/modules /usr/lib/asterisk/modules))
ASTETCDIR ?= /etc/asterisk
M         ?= $(O)/module
ast_has    = $(shell grep -q '$(2)' $(ASTERISK_INCLUDE)/asterisk/$(1) 2>/dev/null && echo yes)
AST_SRC    = module invoke apps stream encode console \
             compat_$(if $(call ast_has,stasis_channels.h,ast_channel_snapshot_base),17,16) \
             invoke_$(if $(call ast_has,ari.h,ARI_INVOKE_SOURCE_REST),20,16)
AST_FLAGS  = -isystem $(ASTERISK_INCLUDE) -DAST_MODULE='"res_stasis_http"' -Wno-unused-parameter -Wno-write-strings \
             -DAST_MODULE_SELF_SYM=__internal_res_stasis_http_self \
             $(if $(call ast_has,stasis_channels.h,tenantid),-DHAVE_SNAPSHOT_TENANT) \
             $(if $(call ast_has,stasis_channels.h,tech_cause),-DHAVE_SNAPSHOT_TECH_CAUSE)
CORE_OBJ  := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard module/core/*.c))) \
             $(addprefix $(O)/lib/,operation.o operation_table.o json.o json_scan.o utf8.o error.o)
CORE_LIBS := -lwebsockets -lssl -lcrypto -lcrypt -lexpat

module: $(M)/res_stasis_http.so
module-22 module-16: module-%:
	$(Q)$(MAKE) --no-print-directory module M=$(O)/module-$* ASTERISK_INCLUDE=$$(tests/asterisk headers $*)

$(M)/%.o: module/asterisk/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(AST_FLAGS) -c -o $@ $<

$(M)/res_stasis_http.so: $(addprefix $(M)/,$(addsuffix .o,$(AST_SRC))) $(CORE_OBJ)
	$(call say,LD)
	$(Q)$(CC) -shared $(ALL_LDFLAGS) -o $@ $^ $(CORE_LIBS)

$(O)/module/core/docs.o: lib/api/ari.json

# Unit tests of the module's core, each with all of it.
$(CORE_UNIT:=.o): CPPFLAGS += -Imodule/core
$(CORE_UNIT): $(O)/tests/module/unit/%: $(O)/tests/module/unit/%.o $(CORE_OBJ)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CORE_LIBS) -lcmocka

# The page at /stasis/docs and the description that it shows; needs npm the first time.
docs: $(O)/stasis-docs
$(O)/stasis-docs: lib/api/ari.json $(wildcard module/api/* module/docs/*)
	$(Q)PYTHON=$(PYTHON) module/docs/build $@

install-module: $(M)/res_stasis_http.so
	install -d $(DESTDIR)$(ASTMODDIR) $(DESTDIR)$(ASTETCDIR)
	install -m 755 $< $(DESTDIR)$(ASTMODDIR)/
	for f in stasis-http.conf stasis-core.conf; do test -e $(DESTDIR)$(ASTETCDIR)/$$f || \
		install -m 640 module/$$f.sample $(DESTDIR)$(ASTETCDIR)/$$f || exit 1; done

deps:
	@tests/deps

stubs:
	$(PYTHON) lib/api/generate.py

demo: deps
	$(Q)$(MAKE) --no-print-directory all
	@tests/demo

check: deps
	$(Q)$(MAKE) --no-print-directory all unit
	@tests/run $(O)

unit: $(UNIT) $(CORE_UNIT)

check-san: deps
	$(Q)$(MAKE) --no-print-directory SAN=address,undefined all unit
	$(Q)$(MAKE) --no-print-directory fuzz-build
	@FUZZ_SECONDS=5 tests/fuzz/run build-fuzz
	@tests/run build-san

fuzz: deps
	$(Q)$(MAKE) --no-print-directory fuzz-build
	@tests/fuzz/run build-fuzz

fuzz-build: $(FUZZ)

bench: deps
	$(Q)$(MAKE) --no-print-directory all bench-build
	@tests/bench/run $(O)

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
	install -m 644 $(O)/libari.pc $(DESTDIR)$(LIBDIR)/pkgconfig/
	install -m 644 lib/ari/*.h $(DESTDIR)$(INCDIR)/ari/

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/astctl $(DESTDIR)$(LIBDIR)/libari.a $(DESTDIR)$(LIBDIR)/libari.so* \
		$(DESTDIR)$(LIBDIR)/pkgconfig/libari.pc
	rm -rf $(DESTDIR)$(INCDIR)/ari

compile_commands.json: Makefile
	@bear -- $(MAKE) --no-print-directory -B all >/dev/null && echo "$@ written"

clean:
	rm -rf build build-san build-fuzz

-include $(shell find $(O) -name '*.d' 2>/dev/null)

# SPDX-License-Identifier: GPL-2.0-or-later
# The server module, res_stasis_http.so; included by the Makefile, whose conventions it follows.
# The server module: M is where it is built, ASTERISK_INCLUDE the Asterisk it is built for. What
# differs between versions is chosen by looking at the headers.
ASTERISK_INCLUDE ?= /usr/include
ASTMODDIR ?= $(firstword $(wildcard /usr/lib/*/asterisk/modules /usr/lib/asterisk/modules))
ASTETCDIR ?= /etc/asterisk
M         ?= $(O)/module
ast_has    = $(shell grep -q '$(2)' $(ASTERISK_INCLUDE)/asterisk/$(1) 2>/dev/null && echo yes)
AST_SRC    = module unload inner invoke quick apps stream texts talk listening ear encode encode_channel keys console \
             compat_$(if $(call ast_has,stasis_channels.h,ast_channel_snapshot_base),17,16) \
             invoke_$(if $(call ast_has,ari.h,ARI_INVOKE_SOURCE_REST),20,16)
AST_FLAGS  = -fmacro-prefix-map=module/asterisk/=res_stasis_http/ -isystem $(ASTERISK_INCLUDE) -DAST_MODULE='"res_stasis_http"' -Wno-unused-parameter -Wno-write-strings \
             -DAST_MODULE_SELF_SYM=__internal_res_stasis_http_self \
             $(if $(call ast_has,stasis_channels.h,tenantid),-DHAVE_SNAPSHOT_TENANT) \
             $(if $(call ast_has,stasis_channels.h,tech_cause),-DHAVE_SNAPSHOT_TECH_CAUSE)
CORE_OBJ  := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard module/core/*.c))) \
             $(addprefix $(O)/lib/,operation.o operation_table.o json.o json_scan.o utf8.o error.o)
CORE_LIBS := -lwebsockets -lssl -lcrypto -lcrypt -lexpat

module: module-headers $(M)/res_stasis_http.so
module-headers:
	@test -e $(ASTERISK_INCLUDE)/asterisk.h || { echo "no Asterisk headers in $(ASTERISK_INCLUDE):" \
		"install asterisk-dev, or give ASTERISK_INCLUDE=DIR" >&2; exit 1; }
# For the tests, in which there is also an Asterisk that is newer than any. The core first, here:
# the two versions must not build it at the same time.
module-22 module-16: module-%: $(CORE_OBJ)
	$(Q)$(MAKE) --no-print-directory module module-newer M=$(O)/module-$* ASTERISK_INCLUDE=$$(tests/asterisk headers $*)

$(M)/%.o: module/asterisk/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(AST_FLAGS) -c -o $@ $<

$(M)/res_stasis_http.so $(M)/newer/res_stasis_http.so: $(addprefix $(M)/,$(addsuffix .o,$(AST_SRC))) \
		$(CORE_OBJ) module/res_stasis_http.map
	$(call say,LD)
	$(Q)$(CC) -shared $(ALL_LDFLAGS) $(WRAP) -Wl,--version-script=$(filter %.map,$^) -o $@ \
		$(filter %.o,$^) $(CORE_LIBS)

# The module with an Asterisk that tells more of a channel (tests/module/newer22.bats).
module-newer: $(M)/newer/res_stasis_http.so
$(M)/newer/res_stasis_http.so: $(M)/newer/asterisk.o
$(M)/newer/res_stasis_http.so: WRAP = -Wl,--wrap=ast_channel_snapshot_to_json
$(M)/newer/asterisk.o: tests/module/newer.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(AST_FLAGS) -c -o $@ $<

# The description is linked in; the page at /stasis/docs needs npm the first time.
DOCS_DIR  ?= $(PREFIX)/share/astctl/docs
$(O)/module/core/docs.o: CPPFLAGS += -DDESCRIPTION='"$(O)/stasis.json"'
$(O)/module/core/docs.o: $(O)/stasis.json
$(O)/stasis.json: lib/api/ari.json module/api/stasis.json module/api/describe.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) module/api/describe.py $@
$(O)/module/core/config.o: CPPFLAGS += -DDOCS_DIRECTORY='"$(DOCS_DIR)"'

docs: $(O)/stasis-docs
$(O)/stasis-docs: lib/api/ari.json $(wildcard module/api/* module/docs/*)
	$(Q)PYTHON=$(PYTHON) module/docs/build $@

# The configuration has secrets: it is readable for whom its directory is, as whom Asterisk runs.
install-module: module-headers $(M)/res_stasis_http.so
	@test -d $(O)/stasis-docs || { command -v npm >/dev/null && $(MAKE) --no-print-directory docs; } || \
		echo "install-module: without the page /stasis/docs, which needs npm once: make docs" >&2
	install -d $(DESTDIR)$(ASTMODDIR) $(DESTDIR)$(ASTETCDIR) $(DESTDIR)$(DOCS_DIR) \
		$(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man8
	install -m 755 $(M)/res_stasis_http.so $(DESTDIR)$(ASTMODDIR)/
	if test -d $(O)/stasis-docs; then \
		install -m 644 $(O)/stasis-docs/* $(DESTDIR)$(DOCS_DIR)/ || exit 1; fi
	install -m 644 man/stasis-*.5 $(DESTDIR)$(MANDIR)/man5/
	install -m 644 man/res_stasis_http.8 $(DESTDIR)$(MANDIR)/man8/
	for f in stasis-http.conf stasis-core.conf; do test -e $(DESTDIR)$(ASTETCDIR)/$$f || { \
		install -m 640 module/$$f.sample $(DESTDIR)$(ASTETCDIR)/$$f || exit 1; \
		chown --reference=$(DESTDIR)$(ASTETCDIR) $(DESTDIR)$(ASTETCDIR)/$$f; }; done

# Unit tests: the core with the tests' own host and network, no Asterisk.
MODULE_UNIT  := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/module/unit/test_*.c)))
MODULE_TOOLS := $(patsubst %.c,$(O)/%.o,$(filter-out tests/module/unit/test_%,\
                $(wildcard tests/module/unit/*.c)))

$(filter-out %/test_core_memory,$(MODULE_UNIT)): $(O)/tests/module/unit/%: $(O)/tests/module/unit/%.o $(MODULE_TOOLS) $(CORE_OBJ)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CORE_LIBS) $(JANSSON) -lcmocka -ldl -lm

# In this one the core, and nothing else, has its memory from the test.
MEMORY := $(O)/tests/module/unit/test_core_memory
$(MEMORY).core: $(CORE_OBJ)
	$(Q)ld -r -o $@.whole $^
	$(Q)objcopy $(foreach f,malloc calloc realloc strdup strndup,--redefine-sym $f=core_$f) $@.whole $@
$(MEMORY): $(MEMORY).o $(MEMORY).core
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CORE_LIBS) $(JANSSON) -lcmocka -ldl -lm

# All at once for MINUTES, with about CALLS a second; then readers that lag, until MEGABYTES came.
MINUTES ?= 60
CALLS ?= 10
MEGABYTES ?= 100
soak:
	@tests/deps check
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) module-22
	BUILD=$(O) tests/module/soak $(MINUTES) $(CALLS)
	BUILD=$(O) MEGABYTES=$(MEGABYTES) tests/module/slow_readers

.PHONY: module-headers docs module module-newer module-22 module-16 install-module soak

# Stock ARI and the module side by side: tests/module/bench/run.
BENCH_CLIENT := $(patsubst %.c,$(O)/%.o,$(wildcard tests/module/bench/client*.c))
MODULE_BENCH := $(patsubst %.c,$(O)/%,$(filter-out tests/module/bench/client%,\
                $(wildcard tests/module/bench/*.c)))

$(MODULE_BENCH): %: %.o $(BENCH_CLIENT)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

bench-build: $(MODULE_BENCH)

# Fuzzing the core's parsers: built and run with the others, see the Makefile's fuzz.
MODULE_FUZZ := $(patsubst tests/module/fuzz/%.c,build-fuzz/%,$(sort $(wildcard tests/module/fuzz/*.c)))

$(MODULE_FUZZ): build-fuzz/%: tests/module/fuzz/%.c $(wildcard module/core/*.[ch]) $(O)/stasis.json
	$(call say,FUZZ)
	@mkdir -p $(@D)
	$(Q)clang -g -O1 -std=gnu11 $(CPPFLAGS) -DDESCRIPTION='"$(O)/stasis.json"' -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $< \
		$(filter-out module/core/listener_lws.c,$(wildcard module/core/*.c)) \
		$(patsubst $(O)/%.o,%.c,$(filter $(O)/lib/%,$(CORE_OBJ))) $(CORE_LIBS)

fuzz-build: $(MODULE_FUZZ)

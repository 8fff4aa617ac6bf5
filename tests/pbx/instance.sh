# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# One instance: a directory $BASE/NAME that holds its configuration, logs, data
# and the export lines ("env"), and a process whose command line names it.
# Ports come from a slot that belongs to the instance as long as the directory
# exists.  Sourced by tests/asterisk.

# 20 ports for each of 32 slots, then 360 for RTP; all below the range that the
# kernel gives to clients.
SLOTS=32
CONTROL_PORTS=20000
RTP_PORTS=21000

base_make() {
	case $BASE in /*) ;; *) die "$BASE is not an absolute path: set ASTERISK_RUN_BASE" ;; esac
	mkdir -m 700 -p "$BASE" 2>/dev/null
	[ -d "$BASE" ] && [ ! -L "$BASE" ] && [ -O "$BASE" ] ||
		die "$BASE is not a directory of ours: set ASTERISK_RUN_BASE"
	[ $((${#BASE} + 48 + 18)) -le 107 ] ||
		die "$BASE is too long for a socket below it: set ASTERISK_RUN_BASE"
}

instance_names() {
	local dir
	for dir in "$BASE"/*/; do
		[ -d "$dir/etc" ] && basename "$dir"
	done
}

# The process id, if that process is really this instance's Asterisk.
instance_pid() {
	local pid
	pid=$(cat "$BASE/$1/pid" 2>/dev/null) && [ -n "$pid" ] || return 1
	tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" |
		grep -qxF "$BASE/$1/etc/asterisk.conf" && echo "$pid"
}

# Running means ready: "env" is written when ARI has answered.
instance_running() {
	[ -f "$BASE/$1/env" ] && instance_pid "$1" >/dev/null
}

# Who removes an instance removes its lock file too, so the one that was waited
# for may not be the one that the next comer finds.
instance_lock() {
	local file=$BASE/$1.lock
	while :; do
		exec 8>>"$file"
		flock 8
		[ "$file" -ef /proc/self/fd/8 ] && return
	done
}

instance_start() {
	local version=$1 name=$2 owner=$3 etc=$4
	shift 4
	exec 3>&1 1>&2
	base_make
	instance_lock "$name"
	if instance_running "$name"; then
		[ -z "$owner$etc$*" ] || die "'$name' runs already: stop it first, or choose a --name"
		[ "$(cat "$BASE/$name/version")" = "$version" ] ||
			die "'$name' is Asterisk $(cat "$BASE/$name/version"): choose another --name"
		cat "$BASE/$name/env" >&3
		return
	fi
	instance_end "$name"
	asterisk_find "$version" || { instance_discard "$name"; exit 1; }
	trap 'instance_discard "$name"; exit 143' INT TERM
	instance_configure "$name" "$version" "$etc" "$@" || { instance_discard "$name"; exit 1; }
	instance_launch "$name" "${owner:-0}"
	if ! instance_wait_ready "$name"; then
		say "'$name' did not answer; the end of its log:"
		tail -n 15 "$BASE/$name/log/console" "$BASE/$name/log/messages" >&2
		instance_discard "$name"
		exit 1
	fi
	instance_exports "$name" >"$BASE/$name/env.new"
	mv "$BASE/$name/env.new" "$BASE/$name/env"
	trap - INT TERM
	cat "$BASE/$name/env" >&3
}

port_free() {
	local hex
	hex=$(printf ':%04X ' "$1")
	! grep -qs "^ *[0-9]*: [0-9A-F]*$hex" /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6
}

slot_free() {
	local port first=$((CONTROL_PORTS + $1 * 20))
	[ -z "$(grep -lsx "$1" "$BASE"/*/slot)" ] || return 1
	for ((port = first; port < first + 20; port++)); do
		port_free $port || return 1
	done
}

# Takes a slot for the instance by writing it down, under the lock of all.
slot_take() {
	local slot
	exec 7>"$BASE/.lock"
	flock 7
	for ((slot = 0; slot < SLOTS; slot++)); do
		if slot_free $slot; then
			echo $slot >"$BASE/$1/slot"
			break
		fi
	done
	exec 7>&-
	[ $slot -lt $SLOTS ] || { say "no free ports: $SLOTS instances are there"; return 1; }
	HTTP_PORT=$((CONTROL_PORTS + slot * 20))
	TLS_PORT=$((HTTP_PORT + 1))
	SIP_PORT=$((HTTP_PORT + 2))
	SPARE_PORT=$((HTTP_PORT + 10))
	RTP_FIRST=$((RTP_PORTS + slot * 360))
	RTP_LAST=$((RTP_FIRST + 359))
}

secret() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

instance_configure() {
	local name=$1 version=$2 etc=$3 dir=$BASE/$1 module file
	shift 3
	mkdir -m 700 "$dir" && mkdir "$dir"/{etc,lib,run,log,spool,spool/recording,modules,keys,cache} ||
		return 1
	echo "$version" >"$dir/version"
	slot_take "$name" || return 1
	PASSWORD=$(secret) READER_PASSWORD=$(secret) SIP_PASSWORD=$(secret)
	(umask 077; echo "$PASSWORD" >"$dir/password"; echo "$READER_PASSWORD" >"$dir/reader-password")
	tls_certificate "$dir" || TLS_PORT=

	ln -s "$AST_MODULES"/*.so "$dir/modules/"
	for module; do
		ln -sfn "$module" "$dir/modules/"
	done
	# Files whose absence Asterisk reports as an error, though nothing is in them.
	for file in acl ccss chan_websocket features pjproject udptl websocket_client; do
		: >"$dir/etc/$file.conf"
	done
	configuration_copy "$dir" "$PBX/etc"
	modules_conf "$dir" "$@"
	if [ -n "$etc" ]; then configuration_copy "$dir" "$etc"; fi
}

tls_certificate() {
	command -v openssl >/dev/null || { say "no openssl: without TLS"; return 1; }
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
		-keyout "$1/tls.key" -out "$1/tls.crt" -subj /CN=localhost \
		-addext subjectAltName=DNS:localhost,IP:127.0.0.1 >/dev/null 2>&1
}

configuration_copy() {
	local dir=$1 file tls=yes
	[ -n "$TLS_PORT" ] || tls=no
	for file in "$2"/*; do
		[ -f "$file" ] || continue
		sed -e "s|@DIR@|$dir|g; s|@DATA@|$AST_DATA|g" \
			-e "s|@HTTP_PORT@|$HTTP_PORT|g; s|@TLS_PORT@|${TLS_PORT:-0}|g; s|@TLS@|$tls|g" \
			-e "s|@SIP_PORT@|$SIP_PORT|g; s|@SIP_PASSWORD@|$SIP_PASSWORD|g" \
			-e "s|@RTP_FIRST@|$RTP_FIRST|g; s|@RTP_LAST@|$RTP_LAST|g" \
			-e "s|@PASSWORD@|$PASSWORD|g; s|@READER_PASSWORD@|$READER_PASSWORD|g" \
			-e "s|@SPARE_PORT@|$SPARE_PORT|g" \
			-e "s|@LAST_SPARE_PORT@|$((SPARE_PORT + 9))|g" "$file" >"$dir/etc/${file##*/}"
	done
}

# Versions differ in what they have: load what is there of what is listed.
modules_conf() {
	local dir=$1 module
	shift
	{
		echo '[modules]'
		echo 'autoload = no'
		# Asterisk 22 may abort at start when this one comes late.
		echo 'preload = res_sorcery_config.so'
		while read -r module; do
			case $module in ''|\#*) continue ;; esac
			[ -e "$dir/modules/$module.so" ] && echo "load = $module.so"
		done <"$PBX/modules.list"
		for module; do echo "load = ${module##*/}"; done
	} >"$dir/etc/modules.conf"
}

# A module with sanitizers wants their libraries in the process first. What they find they write
# to log/san.PID; who stops the instance is told.
sanitizer_environment() {
	local options=log_path=$1/log/san
	SANITIZER=()
	grep -qs libasan "$1"/modules/*.so || return 0
	SANITIZER=(env LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
		UBSAN_OPTIONS=print_stacktrace=1:$options
		ASAN_OPTIONS=detect_leaks=0:halt_on_error=0:handle_segv=0:use_sigaltstack=0:suppressions=$PBX/asan.suppressions:$options)
}

instance_launch() {
	local dir=$BASE/$1 files
	files=$(ulimit -Hn)
	# Two for each channel; no more than needed, for Asterisk walks through them.
	[ "$files" != unlimited ] && [ "$files" -le 65536 ] || files=65536
	ulimit -n "$files"
	sanitizer_environment "$dir"
	# No descriptor of ours may stay open in there: eval waits for stdout, and
	# others wait for the locks.
	setsid "$PBX/supervise" "$dir" "$2" "${SANITIZER[@]}" "${AST_COMMAND[@]}" -f -C "$dir/etc/asterisk.conf" \
		</dev/null >"$dir/log/console" 2>&1 3>&- 8>&- 9>&- &
}

# The status of GET /ari/asterisk/info, asked with nothing but the shell.
info_status() {
	local auth line
	auth=$(printf 'astctl:%s' "$PASSWORD" | base64 -w0)
	exec 6<>"/dev/tcp/127.0.0.1/$HTTP_PORT" || return
	printf '%s\r\n' 'GET /ari/asterisk/info HTTP/1.1' 'Host: localhost' 'Connection: close' \
		"Authorization: Basic $auth" '' >&6
	read -r -t 2 line <&6
	exec 6>&-
	line=${line#* }
	echo "${line%% *}"
}

instance_wait_ready() {
	local deadline=$((SECONDS + 15)) started=no
	while [ $SECONDS -lt $deadline ]; do
		if instance_pid "$1" >/dev/null; then
			started=yes
			[ "$(info_status 2>/dev/null)" = 200 ] && return 0
		elif [ $started = yes ]; then
			return 1
		fi
		sleep 0.05
	done
	return 1
}

instance_exports() {
	local dir=$BASE/$1
	cat <<-EXPORTS
	export ASTCTL_URL='http://127.0.0.1:$HTTP_PORT/ari'
	export ASTCTL_USER='astctl'
	export ASTCTL_PASSWORD_FILE='$dir/password'
	export ASTERISK_INSTANCE='$1'
	export ASTERISK_VERSION='$AST_VERSION'
	export ASTERISK_DIR='$dir'
	export ASTERISK_PID='$(cat "$dir/pid")'
	export ASTERISK_LOG='$dir/log/messages'
	export ASTERISK_READER='reader'
	export ASTERISK_READER_PASSWORD_FILE='$dir/reader-password'
	export ASTERISK_SIP_PORT='$SIP_PORT'
	export ASTERISK_SIP_PASSWORD='$SIP_PASSWORD'
	export ASTERISK_SPARE_PORT='$SPARE_PORT'
	EXPORTS
	[ -n "$TLS_PORT" ] && cat <<-EXPORTS
	export ASTERISK_TLS_URL='https://localhost:$TLS_PORT/ari'
	export ASTERISK_TLS_CA='$dir/tls.crt'
	EXPORTS
	printf '%s\n' "${AST_COMMAND[@]}" >"$dir/command"
}

instance_console() {
	local command
	mapfile -t command <"$BASE/$1/command"
	"${command[@]}" -C "$BASE/$1/etc/asterisk.conf" -rx "$2"
}

instance_kill() {
	local pid tries=0
	if pid=$(instance_pid "$1"); then
		kill -TERM "$pid" 2>/dev/null
		while [ $tries -lt 50 ] && instance_pid "$1" >/dev/null; do
			tries=$((tries + 1))
			sleep 0.1
		done
		instance_pid "$1" >/dev/null && kill -KILL "$pid"
	fi
}

# Ends what runs and removes what is left, of a crashed one too.
instance_end() {
	instance_kill "$1"
	rm -rf "${BASE:?}/${1:?}"
}

# Its lock file as well: for those who hold the lock and do not start it again.
instance_discard() {
	instance_end "$1"
	rm -f "$BASE/$1.lock"
}

instance_stop() {
	[ -d "$BASE/$1/etc" ] || { say "no instance '$1' is there to stop"; return 1; }
	instance_lock "$1"
	instance_kill "$1"
	local bad=0
	cat "$BASE/$1"/log/san.* >&2 2>/dev/null && bad=1
	instance_discard "$1"
	exec 8>&-
	return $bad
}

instance_status_header() {
	printf '%-20s %-9s %-8s %-8s %s\n' NAME VERSION STATE PID URL
}

instance_status() {
	local pid state=stopped
	if [ ! -d "$BASE/$1/etc" ]; then
		printf '%-20s %-9s %-8s %-8s %s\n' "$1" - absent - -
		return
	fi
	pid=$(instance_pid "$1") && state=starting
	instance_running "$1" && state=running
	(
		ASTERISK_VERSION=- ASTCTL_URL=-
		[ ! -f "$BASE/$1/env" ] || . "$BASE/$1/env"
		printf '%-20s %-9s %-8s %-8s %s\n' "$1" "$ASTERISK_VERSION" $state "${pid:--}" "$ASTCTL_URL"
	)
}

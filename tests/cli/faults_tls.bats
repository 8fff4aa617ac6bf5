# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# TLS that must not be believed: each certificate has one thing wrong (tests/mock/certs). Both
# ways out of the program are tried, a request (libcurl) and the event stream (libwebsockets).

load faults

setup_file() {
	"$(cd "$BATS_TEST_DIRNAME/.." && pwd)/mock/certs" "$BATS_FILE_TMPDIR/certs"
}

setup() {
	mock_credentials
	certs=$BATS_FILE_TMPDIR/certs
}

teardown() {
	mock_stop
}

# tls_mock CERTIFICATE [ARGUMENT...]: by the name that certificates are made out to
tls_mock() {
	local name=$1
	shift
	mock_start --tls "$certs/$name.pem" "$certs/$name.key" "$@"
	export ASTCTL_URL=https://localhost:$MOCK_PORT/ari
}

# refused REGEX: neither a request nor a stream believes the server, and no credentials are sent
refused() {
	fails $CONNECT 3 "$1" astctl --timeout 3s --ca-file "$certs/ca.pem" channel list
	fails $CONNECT 3 "$1" astctl --timeout 3s --ca-file "$certs/ca.pem" events -o jsonl
	[ "$(mock_requests '.*' '.*')" -eq 0 ]
}

@test "a good certificate of an authority that is trusted" {
	tls_mock good --channels 1
	run -0 astctl --ca-file "$certs/ca.pem" channel list -o name
	[ "$output" = mock-0 ]
	ASTCTL_URL=https://127.0.0.1:$MOCK_PORT/ari run -0 astctl --ca-file "$certs/ca.pem" channel list -o name
	[ "$output" = mock-0 ]
}

@test "the same certificate without its authority" {
	tls_mock good
	fails $CONNECT 3 'certificate' astctl --timeout 3s channel list
	fails $CONNECT 3 'certificate|TLS' astctl --timeout 3s events -o jsonl
}

@test "an authority nobody knows" {
	tls_mock untrusted
	refused 'certificate|TLS'
}

@test "self-signed" {
	tls_mock self
	refused 'certificate|TLS'
}

@test "expired" {
	tls_mock expired
	refused 'certificate|TLS'
}

@test "not valid yet" {
	tls_mock notyet
	refused 'certificate|TLS'
}

@test "made out to another name" {
	tls_mock wronghost
	refused 'certificate|TLS'
}

@test "made out to another address" {
	tls_mock wrongip
	ASTCTL_URL=https://127.0.0.1:$MOCK_PORT/ari refused 'certificate|TLS'
}

@test "a name with a NUL in it" {
	tls_mock nulsan
	refused 'certificate|TLS'
}

@test "a client's certificate" {
	tls_mock wrongusage
	refused 'certificate|TLS'
}

@test "nothing newer than TLS 1.1" {
	tls_mock good --tls-max 1.1
	refused 'TLS|protocol|version'
}

@test "a handshake that is cut, at four places" {
	local at
	for at in 0 3 60 400; do
		mock_start -n "cut$at" --tls "$certs/good.pem" "$certs/good.key" -e 'on connect' -e "tls-cut $at"
		ASTCTL_URL=https://localhost:$(mock_port "cut$at")/ari fails $CONNECT 3 'TLS|SSL|handshake|closed|reset' \
			astctl --timeout 3s --ca-file "$certs/ca.pem" channel list
	done
}

@test "a handshake that never ends" {
	tls_mock good -e 'on connect' -e silence
	fails $CONNECT 1 'within 1 s' astctl --timeout 1s --ca-file "$certs/ca.pem" channel list
}

@test "https spoken to a plain server, http to a TLS server" {
	mock_start -e 'on connect' -e 'raw "HTTP/1.1 400 Bad Request\r\n\r\n"' -e close
	ASTCTL_URL=https://127.0.0.1:$MOCK_PORT/ari fails $CONNECT 3 'TLS|SSL|https' astctl --timeout 3s channel list
	mock_stop
	mock_start -n tls --tls "$certs/good.pem" "$certs/good.key"
	ASTCTL_URL=http://127.0.0.1:$(mock_port tls)/ari fails $SERVER 3 . astctl --timeout 3s channel list
}

@test "--insecure works, and says so each time" {
	tls_mock self --channels 1
	run -0 --separate-stderr astctl --insecure channel list -o name
	[ "$output" = mock-0 ]
	[[ ${stderr,,} == *certificate*not*verif* || ${stderr,,} == *insecure* ]]
}

@test "a file of authorities that is none" {
	tls_mock good
	fails $USAGE 3 'no-such\.pem' astctl --timeout 3s --ca-file /no-such.pem channel list
	[ "$(mock_requests '.*' '.*')" -eq 0 ]
}

# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
#
# Finds an Asterisk of the wanted version: the system's own when it has headers,
# else Debian's packages unpacked into $CACHE/asterisk-VERSION.  apt resolves
# and downloads with a state of its own and tar unpacks, so neither root nor
# any further tool is needed.  A tree appears by rename, under a lock: it is
# either whole or not there.  Sourced by tests/asterisk.

declare -A SUITE=([22]=sid [16]=bullseye)

# Sets AST_VERSION, AST_COMMAND (array), AST_MODULES, AST_DATA and AST_HEADERS.
asterisk_find() {
	local version=$1
	system_use "$version" && return
	if tree_fetch "$version"; then
		tree_use "$CACHE/asterisk-$version"
		[ "${AST_VERSION%%.*}" = "$version" ] ||
			say "Debian ${SUITE[$version]} has Asterisk $AST_VERSION by now: using that for $version"
		return 0
	fi
	[ "$version" = 22 ] || return 1
	say "Asterisk 22 cannot be had from Debian sid: falling back to 16"
	asterisk_find 16
}

# "Asterisk 22.10.1+dfsg-1" is 22.10.1.
version_number() { sed -n 's/^Asterisk \([0-9.]*[0-9]\).*/\1/p' <<<"$1"; }

system_use() {
	local program version modules
	program=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v asterisk) || return 1
	[ -f /usr/include/asterisk.h ] || return 1
	version=$("$program" -V 2>/dev/null) || return 1
	version=$(version_number "$version")
	[ "${version%%.*}" = "$1" ] || return 1
	for modules in /usr/lib/*/asterisk/modules /usr/lib/asterisk/modules; do
		[ -f "$modules/res_ari.so" ] && break
	done
	[ -f "$modules/res_ari.so" ] || return 1

	AST_VERSION=$version
	AST_COMMAND=("$program")
	AST_MODULES=$modules
	AST_DATA=/usr/share/asterisk
	[ -d $AST_DATA/documentation ] || AST_DATA=/var/lib/asterisk
	# Not /usr/include itself: -I of a system directory changes the search order.
	AST_HEADERS=$CACHE/system-include
	mkdir -p "$AST_HEADERS"
	ln -sfn /usr/include/asterisk.h "$AST_HEADERS/asterisk.h"
	ln -sfn /usr/include/asterisk "$AST_HEADERS/asterisk"
}

tree_use() {
	local tree=$1 path=$1/usr/lib directory
	for directory in "$tree"/{usr/,}lib/*-linux-gnu*; do
		[ ! -d "$directory" ] || path=$directory:$path
	done
	AST_VERSION=$(cat "$tree/version")
	# Modules built here need a C library at least as new as the host's.
	if [ -e "$tree/loader" ]; then
		AST_COMMAND=("$tree/loader" --library-path "$path" "$tree/usr/sbin/asterisk")
	else
		AST_COMMAND=(env "LD_LIBRARY_PATH=$path" "$tree/usr/sbin/asterisk")
	fi
	AST_MODULES=$(dirname "$(ls "$tree"/usr/lib/{*/,}asterisk/modules/res_ari.so 2>/dev/null)")
	AST_DATA=$tree/usr/share/asterisk
	AST_HEADERS=$tree/usr/include
}

tree_fetch() (
	version=$1
	tree=$CACHE/asterisk-$version
	[ -f "$tree/version" ] && return 0
	mkdir -p "$CACHE" || return 1
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
		say "no asterisk with headers is installed, and no apt-get to fetch one with"
		return 1
	}

	exec 9>"$CACHE/.lock-$version"
	flock 9
	[ -f "$tree/version" ] && return 0
	rm -rf "$CACHE/.fetch-$version".* "$tree"
	work=$(mktemp -d "$CACHE/.fetch-$version.XXXXXX") || return 1
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	chmod 755 "$work"

	say "fetching Asterisk $version (Debian ${SUITE[$version]}) into $tree"
	if ! packages_download "$work" "${SUITE[$version]}" >"$work/log" 2>&1; then
		say "fetching failed: $(grep -m1 '^E: ' "$work/log" || tail -n 1 "$work/log")"
		return 1
	fi
	tree_unpack "$work" || { say "unpacking failed"; return 1; }
	mv "$work/tree" "$tree"
)

# The Debian mirror that apt uses here, known before its first update too.  One
# that has the updates of this release is Debian's own, and not a vendor's.
mirror() {
	local codename uris
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	uris=$(apt-get update --print-uris -o Dir::State::lists="$1/none" |
		grep -v -e -security/ -e cdrom:)
	sed -n "s|^'\(.*\)/dists/$codename-updates/InRelease'.*|\1|p
		s|^'\(.*\)/dists/$codename/InRelease'.*|\1|p" <<<"$uris" |
		sort | uniq -c | sort -rns -k1,1 | sed -n '1s/^ *[0-9]* //p'
}

packages_download() {
	local work=$1 suite=$2 keyring=/usr/share/keyrings/debian-archive-keyring.gpg uri
	uri=$(mirror "$work")
	[ -n "$uri" ] || { echo "E: apt has no Debian mirror configured"; return 1; }
	mkdir -p "$work"/apt/{lists,archives}/partial
	[ -f $keyring ] && keyring="[signed-by=$keyring]" || keyring=
	echo "deb $keyring $uri $suite main" >"$work/apt/sources.list"
	: >"$work/apt/status"
	{
		# How to reach the mirror is the host's business, its hooks are not ours.
		apt-config dump | grep '^Acquire::'
		cat <<-CONF
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "/dev/null";
		Dir::Etc::sourcelist "$work/apt/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::State "$work/apt";
		Dir::State::status "$work/apt/status";
		Dir::Cache "$work/apt";
		APT::Install-Recommends "false";
		APT::Sandbox::User "";
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		Acquire::Retries "2";
		Acquire::http::Timeout "30";
		CONF
	} >"$work/apt/conf"
	export APT_CONFIG=$work/apt/conf
	apt-get update --error-on=any &&
	apt-get install --yes --download-only \
		asterisk asterisk-modules asterisk-core-sounds-en-gsm &&
	# Headers only: what else it depends on is a compiler.
	(cd "$work/apt/archives" && apt-get download asterisk-dev)
}

tree_unpack() {
	local work=$1 tree=$1/tree package libc host own=no loader
	mkdir "$tree"
	libc=$(echo "$work"/apt/archives/libc6_*.deb)
	libc=$(dpkg-deb -f "$libc" Version)
	host=$(getconf GNU_LIBC_VERSION); host=${host#* }
	dpkg --compare-versions "${libc%%-*}" gt "$host" && own=yes
	for package in "$work"/apt/archives/*.deb; do
		case $own,${package##*/} in
		no,libc6_*|no,libgcc-s1_*|no,libstdc++6_*) continue ;;
		esac
		dpkg-deb --fsys-tarfile "$package" | tar -x -C "$tree" --no-same-owner \
			--exclude='./usr/share/doc' --exclude='./usr/share/man' \
			--exclude='./usr/share/locale' --exclude='./usr/share/perl*' \
			--exclude='./usr/share/zoneinfo*' --exclude='./usr/share/mime*' \
			--exclude='./usr/bin' --exclude='./bin' --exclude='./sbin' --exclude='./etc' \
			--exclude='./usr/libexec' --exclude='./usr/lib/*/perl*' \
			--exclude='./usr/lib/systemd' --exclude='./lib/systemd' \
			--exclude='./usr/share/dpkg' --exclude='./usr/share/bash-completion' ||
			return 1
	done
	# What the packages' install scripts would have done.
	ln -sfn en_US_f_Allison "$tree/usr/share/asterisk/sounds/en"
	# Links to the directories of an installation: errors in the log otherwise.
	find "$tree/usr/share/asterisk/sounds" -xtype l -delete
	if [ $own = yes ]; then
		loader=$(cd "$tree" && ls {usr/,}lib{64,}/ld-linux*.so.* 2>/dev/null | head -n 1)
		[ -n "$loader" ] && ln -s "$loader" "$tree/loader" || return 1
	fi
	(
		echo unknown >"$tree/version"
		tree_use "$tree"
		"${AST_COMMAND[@]}" -V >"$work/version" && [ -d "$AST_MODULES" ]
	) || return 1
	version_number "$(cat "$work/version")" >"$tree/version"
	[ -s "$tree/version" ]
}

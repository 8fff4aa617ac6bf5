/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * Tells packagers what a file loads at run time: https://systemd.io/ELF_DLOPEN_METADATA
 */
#ifndef ARIP_DLOPEN_NOTE_H
#define ARIP_DLOPEN_NOTE_H

#define ARIP_DLOPEN_TEXT(feature, description, soname)                                             \
	"[{\"feature\":\"" feature "\",\"description\":\"" description "\","                       \
	"\"priority\":\"required\",\"soname\":[\"" soname "\"]}]"

/* The note's text has a length that is a multiple of 4, its NUL and padding included. */
#define ARIP_DLOPEN_NOTE(feature, description, soname)                                             \
	static const struct {                                                                      \
		struct {                                                                           \
			unsigned name_size;                                                        \
			unsigned note_size;                                                        \
			unsigned type;                                                             \
		} head;                                                                            \
		char name[4];                                                                      \
		char note[(sizeof(ARIP_DLOPEN_TEXT(feature, description, soname)) + 3) / 4 * 4];   \
	} dlopen_note __attribute__((used, section(".note.dlopen"), aligned(4))) = {               \
		.head = {.name_size = 4,                                                           \
			 .note_size = sizeof(ARIP_DLOPEN_TEXT(feature, description, soname)),      \
			 .type = 0x407c0c0a},                                                      \
		.name = "FDO",                                                                     \
		.note = ARIP_DLOPEN_TEXT(feature, description, soname),                            \
	}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* The least that a C program can cost: the peer of `astctl --help`. */
int main(void)
{
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The playbacks and live recordings that there may be: ARI has no lists of them. Their ids are
 * learnt from events and from the answers to requests; when asked for, each is looked up at the
 * host, which knows its present state, or that it is over.
 */
#ifndef CORE_MEDIA_H
#define CORE_MEDIA_H

#include "request.h"

struct media;

struct media *media_new(void);
void media_free(struct media *media);
void media_note(struct media *media, enum media_class class, const char *id, bool over);
/** Note what a request has begun. */
void media_begun(struct request *req);
/** Answer GET /stasis/playbacks or /stasis/recordings/live; false when it is for something else. */
bool media_answer(struct request *req);

#endif

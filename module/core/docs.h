/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* The description of the API, and the page to read it with. */
#ifndef CORE_DOCS_H
#define CORE_DOCS_H

#include "request.h"

/** Answer a request for either, before any login; false when it is for something else. */
bool docs_answer(struct request *req);

#endif

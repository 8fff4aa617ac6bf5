/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * The words for outcomes and for Q.850 causes. The server's own text for a cause is preferred; the table
 * here is for causes that came without one (in a hang-up request).
 */
#include <stdio.h>

#include "outcome.h"

static const char *const names[] = {
	[ARI_OUTCOME_PENDING] = "pending",
	[ARI_OUTCOME_ANSWERED] = "answered",
	[ARI_OUTCOME_BUSY] = "busy",
	[ARI_OUTCOME_NO_ANSWER] = "no-answer",
	[ARI_OUTCOME_CONGESTION] = "congestion",
	[ARI_OUTCOME_REJECTED] = "rejected",
	[ARI_OUTCOME_UNREACHABLE] = "unreachable",
	[ARI_OUTCOME_FINISHED] = "finished",
	[ARI_OUTCOME_STOPPED] = "stopped",
	[ARI_OUTCOME_HUNG_UP] = "hung-up",
	[ARI_OUTCOME_CANCELLED] = "cancelled",
	[ARI_OUTCOME_FAILED] = "failed",
};

const char *ari_outcome_name(enum ari_outcome_state state)
{
	if ((unsigned)state >= sizeof(names) / sizeof(names[0]))
		return "unknown";
	return names[state];
}

const char *ari_cause_text(int cause)
{
	static const struct {
		int cause;
		const char *text;
	} causes[] = {
		{ 1, "Unallocated (unassigned) number" },
		{ 2, "No route to specified transit network" },
		{ 3, "No route to destination" },
		{ 16, "Normal Clearing" },
		{ 17, "User busy" },
		{ 18, "No user responding" },
		{ 19, "User alerting, no answer" },
		{ 20, "Subscriber absent" },
		{ 21, "Call Rejected" },
		{ 22, "Number changed" },
		{ 27, "Destination out of order" },
		{ 28, "Invalid number format" },
		{ 34, "Circuit/channel congestion" },
		{ 38, "Network out of order" },
		{ 41, "Temporary failure" },
		{ 42, "Switching equipment congestion" },
		{ 44, "Requested channel not available" },
		{ 58, "Bearer capability not available" },
		{ 88, "Incompatible destination" },
		{ 102, "Recover on timer expiry" },
		{ 127, "Interworking, unspecified" },
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (causes[i].cause == cause)
			return causes[i].text;
	}
	return NULL;
}

/* " (cause 17, User busy; SIP 486)", or nothing. */
static void cause_words(const struct ari_outcome *outcome, char *buf, size_t size)
{
	const char *text = outcome->cause_text[0] ? outcome->cause_text :
						    ari_cause_text(outcome->cause);
	char sip[24] = "";

	buf[0] = '\0';
	if (outcome->sip_code)
		snprintf(sip, sizeof(sip), "%sSIP %d", outcome->cause ? "; " : "", outcome->sip_code);
	if (outcome->cause && text)
		snprintf(buf, size, " (cause %d, %s%s)", outcome->cause, text, sip);
	else if (outcome->cause)
		snprintf(buf, size, " (cause %d%s)", outcome->cause, sip);
	else if (sip[0])
		snprintf(buf, size, " (%s)", sip);
}

char *ari_outcome_text(const struct ari_outcome *outcome, char *buf, size_t size)
{
	char name[16];
	char cause[128];

	snprintf(name, sizeof(name), "%s", ari_outcome_name(outcome->state));
	for (char *p = name; *p; p++) {
		if (*p == '-')
			*p = ' ';
	}
	cause_words(outcome, cause, sizeof(cause));
	snprintf(buf, size, "%s%s%s%s", name, outcome->reason[0] ? ": " : "", outcome->reason, cause);
	return buf;
}

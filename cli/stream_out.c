/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/* See stream_out.h. */
#include "stream_out.h"

#include "column.h"
#include "json_out.h"
#include "table.h"

static void write_columns(struct stream_out *out, struct ari_span object)
{
	struct cli *cli = out->cli;
	bool headers = cli->headers;
	struct columns columns;
	const char *wrong;

	/* Without a sample every path is good: events differ. */
	if (columns_choose(&columns, NULL, cli->columns ? cli->columns : out->columns,
			   (struct ari_span){0}, &wrong) == 0) {
		cli->headers = headers && !out->titled;
		table_write_tsv(cli, &columns, object);
		cli->headers = headers;
		out->titled = true;
	}
	columns_release(&columns);
}

int stream_out_write(struct stream_out *out, struct ari_span object,
		     void (*line)(FILE *file, const void *data), const void *data)
{
	struct cli *cli = out->cli;
	struct ari_span name;

	if (cli->format == OUTPUT_JSON || cli->format == OUTPUT_JSONL) {
		json_write_compact(cli->out, object, cli->out_tty);
		putc('\n', cli->out);
	} else if (cli->format == OUTPUT_YAML) {
		fputs("---\n", cli->out);
		json_write_yaml(cli->out, object, cli->out_tty);
	} else if (cli->format == OUTPUT_TSV || cli->columns) {
		write_columns(out, object);
	} else if (cli->format == OUTPUT_NAME) {
		name = ari_json_get(object, out->name);
		output_object(cli, NULL, name.p, name.len);
	} else {
		line(cli->out, data);
		putc('\n', cli->out);
	}
	return output_finish(cli);
}

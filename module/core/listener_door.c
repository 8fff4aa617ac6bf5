/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 The astctl authors */
/*
 * See listener_door.h. When there is no descriptor for whoever is at the door, the socket stays
 * readable: watched on, it would keep the loop busy with nothing. So the door is shut until the
 * next tick, and the kernel lets people wait.
 */
#include <errno.h>
#include <sys/socket.h>
#include <libwebsockets.h>

#include "listen_socket.h"
#include "listener_door.h"
#include "plain.h"

/* Connections taken before others have their turn again. */
#define AT_ONCE 64

int door_open(struct door *door, struct lws_vhost *vhost, int fd)
{
	lws_sock_file_fd_type desc = {.filefd = fd};

	door->wsi = lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, desc, "door", NULL);
	door->fd = fd;
	door->shut = false;
	return door->wsi ? 0 : -1;
}

void door_close(struct door *door)
{
	if (!door->wsi)
		return;
	shutdown(door->fd, SHUT_RDWR);
	lws_set_timeout(door->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	door->wsi = NULL;
}

void door_admit(struct door *door, struct plain *plain)
{
	lws_sock_file_fd_type desc;
	int n;

	for (n = 0; n < AT_ONCE; n++) {
		desc.sockfd = listen_socket_accept(door->fd);
		if (desc.sockfd < 0)
			break;
		if (plain)
			plain_take(plain, desc.sockfd);
		else
			lws_adopt_descriptor_vhost(lws_get_vhost(door->wsi),
						   LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL, desc,
						   "stasis", NULL);
	}
	if (n == AT_ONCE || errno == EAGAIN || errno == EWOULDBLOCK)
		return;
	door->shut = true;
	lws_rx_flow_control(door->wsi, 0);
}

void door_retry(struct door *door)
{
	if (!door->wsi || !door->shut)
		return;
	door->shut = false;
	lws_rx_flow_control(door->wsi, 1);
}

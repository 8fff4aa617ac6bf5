// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 The astctl authors
//
// client.js URL USER PASSWORD: the npm package ari-client, unmodified, against URL: connects,
// owns an application, originates, answers, plays, bridges, hangs up. Prints "done".
const ari = require('ari-client');

const [, , url, user, password] = process.argv;

function fail(err) {
  console.error(err);
  process.exit(1);
}

setTimeout(() => fail(new Error('not done in time')), 20000);
ari.connect(url, user, password, (err, client) => {
  if (err) fail(err);
  client.on('StasisStart', async (event, channel) => {
    try {
      const playback = client.Playback();
      const heard = new Promise((resolve) => playback.once('PlaybackFinished', resolve));
      await channel.play({ media: 'sound:hello-world' }, playback);
      await heard;
      const bridge = client.Bridge();
      await bridge.create({ type: 'mixing' });
      await bridge.addChannel({ channel: channel.id });
      const listed = await client.bridges.get({ bridgeId: bridge.id });
      if (!listed.channels.includes(channel.id)) throw new Error('not in the bridge');
      const ended = new Promise((resolve) => channel.once('StasisEnd', resolve));
      await channel.hangup();
      await ended;
      await bridge.destroy();
      console.log('done');
      process.exit(0);
    } catch (e) {
      fail(e);
    }
  });
  client.start('client-js');
  const channel = client.Channel();
  setTimeout(() => channel.originate({ endpoint: 'Local/wait@test', app: 'client-js' }), 500);
});

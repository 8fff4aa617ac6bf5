// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (C) 2026 The astctl authors
//
// proxy.js LISTEN-PORT TARGET-PORT USER:PASSWORD: what a browser does once a person has logged
// in: the same requests, with an Authorization header. Prints "ready".
const http = require('http');

const [, , listen, target, user] = process.argv;
const authorization = 'Basic ' + Buffer.from(user).toString('base64');

http.createServer((req, res) => {
  const to = http.request({
    port: target, method: req.method, path: req.url,
    headers: { ...req.headers, authorization },
  }, (answer) => {
    res.writeHead(answer.statusCode, answer.headers);
    answer.pipe(res);
  });
  to.on('error', () => res.destroy());
  req.pipe(to);
}).listen(listen, '127.0.0.1', () => console.log('ready'));

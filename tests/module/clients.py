# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (C) 2026 The astctl authors
"""For the programs beside it: a private Asterisk 22 with the module (BUILD names the build, default:
build), and clients of it that are no code of ours: REST, WebSocket, SIP OPTIONS."""
import base64, http.client, json, os, shutil, socket, struct, subprocess, tempfile, threading, time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get('BUILD') or os.path.join(HERE, '../../build'))
# MB that a build with sanitizers keeps of what was freed.
QUARANTINE = 320 if BUILD.endswith('-san') else 0


def asterisk(*args):
    return subprocess.run([os.path.join(HERE, '../asterisk')] + list(args), text=True,
                          stdout=subprocess.PIPE, check=True).stdout


class Server:
    """An Asterisk with the module, and these SETTINGS; it ends with us."""

    def __init__(self, name, **settings):
        self.name = '%s-%d' % (name, os.getpid())
        with tempfile.TemporaryDirectory() as etc:
            shutil.copytree(os.path.join(HERE, 'etc'), etc, dirs_exist_ok=True)
            with open(os.path.join(etc, 'stasis-http.conf'), 'r+') as file:
                text = file.read()
                file.seek(0)
                file.write('[general]\n' + ''.join('%s = %s\n' % one for one in settings.items()))
                file.write(text.removeprefix('[general]\n'))
            self.begin(etc)

    def begin(self, etc):
        self.env = {}
        for line in asterisk('start', '22', '--name', self.name, '--owner', str(os.getpid()),
                             '--etc', etc, '--module',
                             os.path.join(BUILD, 'module-22/res_stasis_http.so')).splitlines():
            key, _, value = line.removeprefix('export ').partition('=')
            self.env[key] = value.strip("'\"")
        self.port, self.pid = int(self.env['ASTERISK_SPARE_PORT']), int(self.env['ASTERISK_PID'])
        self.stock = urllib.parse.urlsplit(self.env['ASTCTL_URL']).port
        self.sip = int(self.env['ASTERISK_SIP_PORT'])
        with open(self.env['ASTCTL_PASSWORD_FILE']) as file:
            self.auth = self.env['ASTCTL_USER'] + ':' + file.read().strip()

    def console(self, command):
        return asterisk('console', self.name, command)

    def process(self):
        with open('/proc/%d/status' % self.pid) as file:
            status = dict(line.split(':', 1) for line in file)
        return {'rss': int(status['VmRSS'].split()[0]) // 1024, 'threads': int(status['Threads']),
                'fds': len(os.listdir('/proc/%d/fd' % self.pid))}

    def stop(self):
        asterisk('stop', self.name)


def basic(user):
    return {'Authorization': 'Basic ' + base64.b64encode(user.encode()).decode()}


class Rest:
    """One connection, made anew when it breaks."""

    def __init__(self, port, user, prefix='/stasis/'):
        self.user, self.port, self.prefix = user, port, prefix
        self.conn = None

    def ask(self, method, path):
        for _ in range(2):
            try:
                if not self.conn:
                    self.conn = http.client.HTTPConnection('127.0.0.1', self.port, timeout=10)
                self.conn.request(method, self.prefix + path, headers=basic(self.user))
                reply = self.conn.getresponse()
                body = reply.read()
                return reply.status, body
            except (OSError, http.client.HTTPException):
                self.conn = None
        return 0, b''


class Socket:
    """A WebSocket; read() gives messages, None after the deadline."""

    def __init__(self, port, user, path, buffer=None):
        self.sock = socket.socket()
        if buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.sock.settimeout(10)
        self.sock.connect(('127.0.0.1', port))
        head = ('GET %s HTTP/1.1\r\nHost: clients\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
                'Authorization: %s\r\n\r\n' % (path, basic(user)['Authorization']))
        self.sock.sendall(head.encode())
        self.data, self.used = b'', 0
        self.code = None
        while b'\r\n\r\n' not in self.data:
            more = self.sock.recv(65536)
            if not more:
                raise OSError('closed')
            self.data += more
        head, _, self.data = self.data.partition(b'\r\n\r\n')
        if b' 101 ' not in head.split(b'\r\n')[0]:
            raise OSError(head.split(b'\r\n')[0].decode())

    def frame(self):
        d, begin = self.data, self.used
        if len(d) < begin + 2:
            return None
        n, at = d[begin + 1] & 127, begin + 2
        if n == 126 and len(d) >= at + 2:
            n, at = struct.unpack_from('>H', d, at)[0], at + 2
        elif n == 127 and len(d) >= at + 8:
            n, at = struct.unpack_from('>Q', d, at)[0], at + 8
        elif n > 125:
            return None
        if len(d) < at + n:
            return None
        self.used = at + n
        return d[begin] & 15, d[at:at + n]

    def add(self, more):
        self.data, self.used = self.data[self.used:] + more, 0

    def read(self, seconds):
        end = time.monotonic() + seconds
        while True:
            got = self.frame()
            if got:
                opcode, body = got
                if opcode == 9:
                    self.sock.sendall(struct.pack('>BBI', 0x8a, 0x80 | len(body), 0) + body)
                elif opcode == 8:
                    self.code = struct.unpack('>H', body[:2])[0] if len(body) > 1 else 0
                    raise OSError('closed with %d' % self.code)
                else:
                    return json.loads(body)
                continue
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.sock.settimeout(left)
            try:
                more = self.sock.recv(262144)
            except socket.timeout:
                return None
            if not more:
                raise OSError('closed')
            self.add(more)

    def close(self):
        self.sock.close()


class Options(threading.Thread):
    """SIP OPTIONS, 100 a second; which were answered."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.connect(('127.0.0.1', port))
        self.sock.setblocking(False)
        self.open, self.worst, self.sent = {}, 0, 0
        self.leaving = threading.Event()
        self.start()

    def hear(self):
        while True:
            try:
                data = self.sock.recv(4096)
            except (BlockingIOError, ConnectionRefusedError):
                return
            at = data.find(b'Call-ID: ')
            sent = self.open.pop(data[at + 9:data.find(b'\r', at)], None)
            if sent:
                self.worst = max(self.worst, time.monotonic() - sent)

    def run(self):
        port, due = self.sock.getsockname()[1], time.monotonic()
        while not self.leaving.is_set():
            self.sent = n = self.sent + 1
            cid = b'options-%d-%d' % (port, n)
            self.open[cid] = time.monotonic()
            self.sock.send(b'OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch='
                           b'z9hG4bK%d\r\nMax-Forwards: 70\r\nFrom: <sip:options@127.0.0.1>;tag=%d\r\n'
                           b'To: <sip:127.0.0.1>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\n'
                           b'Content-Length: 0\r\n\r\n' % (port, n, n, cid))
            due += 0.01
            time.sleep(max(0, due - time.monotonic()))
            self.hear()

    def lost(self):
        """No more are sent; how many stay without an answer."""
        self.leaving.set()
        self.join()
        end = time.monotonic() + 5
        while self.open and time.monotonic() < end:
            time.sleep(0.05)
            self.hear()
        return len(self.open)


def until(seconds, fn):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if fn():
            return True
        time.sleep(0.1)
    return False

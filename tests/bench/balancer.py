"""The balancer's figures, against nginx as a reverse proxy before the same server, in turn, with the same clients.

Clients, proxy and server share one network namespace of their own and whatever cores there are.
"""

import ctypes
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from conftest import BINARY
from turns import compared, turns

CLONE_NEWNET = 0x40000000
CONNECTIONS, THREADS, SECONDS, ROUNDS = 64, 2, 2, 15
BODY = "x" * 1024
SERVER, OURS, THEIRS = 9000, 9001, 9002

NGINX = """
worker_processes {workers};
pid {folder}/{name}.pid;
daemon off;
error_log {folder}/{name}.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/{name}-body;
  proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-fastcgi;
  uwsgi_temp_path {folder}/{name}-uwsgi;
  scgi_temp_path {folder}/{name}-scgi;
  {http}
}}
"""
PAGES = f'server {{ listen 127.0.0.1:{SERVER} reuseport; location / {{ return 200 "{BODY}"; }} }}'
PROXY = f"""
  upstream pages {{ server 127.0.0.1:{SERVER}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{THEIRS} reuseport;
    location / {{
      proxy_pass http://pages;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto http;
      proxy_set_header X-Forwarded-Port {THEIRS};
    }}
  }}
"""


def configuration():
    """What a node is told of one listener before one server."""
    check = {"enabled": False, "protocol": "http", "path": "/", "interval": 30000, "timeout": 5000, "healthy_threshold": 2, "unhealthy_threshold": 2}
    target = {"id": "server", "address": f"127.0.0.1:{SERVER}", "zone": None, "draining": False}
    forward = {"forward": {"groups": [{"group": "pages", "weight": 1}], "stickiness": None}}
    return {
        "revision": 1,
        "kind": "application",
        "name": "app/bench/0",
        "cookie_key": "bench",
        "listeners": [{"port": OURS, "protocol": "http", "default_action": forward}],
        "groups": [{"id": "pages", "protocol": "http", "health_check": check, "targets": [target]}],
    }


def tell(path, order):
    """Says one order to a node, and returns what it answers."""
    with socket.socket(socket.AF_UNIX) as control:
        while True:
            try:
                control.connect(path)
                break
            except OSError:
                time.sleep(0.01)
        said = json.dumps(order).encode()
        control.sendall(struct.pack(">I", len(said)) + said)
        length = struct.unpack(">I", control.recv(4, socket.MSG_WAITALL))[0]
        return json.loads(control.recv(length, socket.MSG_WAITALL))


def isolate():
    """Runs in a child before it becomes its program: a network namespace with a loopback and nothing else."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class Bench:
    """Server, both proxies and clients: everything runs in the namespace of the first process."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []
        self.holder = subprocess.Popen(["sleep", "infinity"], preexec_fn=isolate)
        self.processes.append(self.holder)
        self.nginx("pages", 1, PAGES)
        self.nginx("proxy", os.cpu_count(), PROXY)
        control = f"{folder}/control.sock"
        self.run([BINARY, "lb-node", "--control", control])
        told = tell(control, {"configure": configuration()})
        assert told == {"configured": {"revision": 1, "problems": []}}, told

    def run(self, command):
        enter = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--"]
        self.processes.append(subprocess.Popen([*enter, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def nginx(self, name, workers, http):
        file = Path(self.folder) / f"{name}.conf"
        file.write_text(NGINX.format(folder=self.folder, name=name, workers=workers, http=http))
        self.run(["nginx", "-c", file, "-e", f"{self.folder}/{name}.log"])
        while not (Path(self.folder) / f"{name}.pid").exists():  # It listens by then.
            assert self.processes[-1].poll() is None, (Path(self.folder) / f"{name}.log").read_text()
            time.sleep(0.01)

    def measure(self, port):
        """Requests a second, and the 99th percentile in milliseconds."""
        enter = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--"]
        command = ["wrk", f"-c{CONNECTIONS}", f"-t{THREADS}", f"-d{SECONDS}s", "--latency", f"http://127.0.0.1:{port}/"]
        told = subprocess.run([*enter, *command], capture_output=True, text=True, check=True).stdout
        assert "Non-2xx" not in told and "Socket errors" not in told, told
        number, unit = re.search(r"99%\s+([0-9.]+)(us|ms|s)", told).groups()
        return float(re.search(r"Requests/sec:\s+([0-9.]+)", told).group(1)), float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    def end(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            process.wait()


def balances(report):
    """Requests a second and the slowest hundredth, in rounds that take turns."""
    if not (shutil.which("nginx") and shutil.which("wrk")):
        print("SKIPPED LOUDLY: the balancer is measured against nginx with wrk (Debian's nginx-light and wrk); one is missing")
        return
    with tempfile.TemporaryDirectory(prefix="tierra-bench-balancer-") as folder:
        bench = Bench(folder)
        try:
            bench.measure(OURS), bench.measure(THEIRS)
            rounds = turns(lambda: bench.measure(OURS), lambda: bench.measure(THEIRS), ROUNDS)
        finally:
            bench.end()
    figure = lambda which: compared([(ours[which], theirs[which]) for ours, theirs in rounds])
    (our_rate, their_rate, rate), (our_p99, their_p99, slow) = figure(0), figure(1)
    what = f"balancer, {CONNECTIONS} connections"
    report.row(f"{what}: requests", f"{our_rate:.0f}/s", f"nginx {their_rate:.0f}/s", f"{rate:.2f}", ">= 1.0", rate >= 1.0)
    report.row(f"{what}: 99th percentile", f"{our_p99:.2f} ms", f"nginx {their_p99:.2f} ms", f"{slow:.2f}", "<= 1.2", slow <= 1.2)

"""S3's figures: small objects against moto at the same load, a large one against copying a file."""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from conftest import Cloud, free_port
from turns import compared, turns

SMALL = 4 << 10
LARGE = 1 << 30
CONNECTIONS = 16
SECONDS = 3
ROUNDS = 5
MOTO = "test"  # both of its keys


class Small:
    """One connection that sends the same signed request again and again, without an SDK's own time. moto answers one request a
    connection and then falls silent: it gets a new one each time."""

    def __init__(self, port, method, path, body, access, secret):
        self.keeps = access != MOTO
        url = f"http://127.0.0.1:{port}{path}"
        request = AWSRequest(method, url, data=body, headers={"Content-Length": str(len(body))})
        S3SigV4Auth(Credentials(access, secret), "s3", "us-east-1").add_auth(request)
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        self.bytes = head.encode() + b"\r\n" + body
        self.port = port
        self.connect()

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def receive(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("closed")
        return piece

    def send(self):
        if not self.keeps:
            self.connect()
        self.exchange()

    def exchange(self):
        self.socket.sendall(self.bytes)
        answer = self.receive()
        while b"\r\n\r\n" not in answer:
            answer += self.receive()
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), answer[:600]
        length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
        while len(body) < length:
            body += self.receive()


def rate(port, method, access=MOTO, secret=MOTO):
    """Requests a second over all connections."""
    body = os.urandom(SMALL) if method == "PUT" else b""
    clients = [Small(port, method, f"/bench/{n}", body, access, secret) for n in range(CONNECTIONS)]
    counts, end = [0] * CONNECTIONS, time.perf_counter() + SECONDS

    def work(n):
        while time.perf_counter() < end:
            clients[n].send()
            counts[n] += 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(CONNECTIONS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return sum(counts) / SECONDS


def small_objects(report, cloud):
    port = free_port()
    moto = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(3)
        e = cloud.environment
        keys = (e["AWS_ACCESS_KEY_ID"], e["AWS_SECRET_ACCESS_KEY"])
        Small(port, "PUT", "/bench", b"", MOTO, MOTO).send()
        Small(cloud.port, "PUT", "/bench", b"", *keys).send()
        for method in ("PUT", "GET"):
            ours, theirs, ratio = compared(turns(lambda: rate(cloud.port, method, *keys), lambda: rate(port, method), ROUNDS))
            report.row(f"S3 {method} of 4 KiB, {CONNECTIONS} connections", f"{ours:.0f}/s", f"moto {theirs:.0f}/s", f"{ratio:.1f}x", ">= 10x", ratio >= 10)
    finally:
        moto.terminate()
        moto.wait()


def download(url, to):
    """Writes what a GET answers to a file. Reads what there is at once: curl's own reading costs more than a whole `cp`."""
    at = urlsplit(url)
    buffer = memoryview(bytearray(1 << 20))
    with socket.create_connection((at.hostname, at.port)) as connection, to.open("wb", buffering=0) as out:
        connection.sendall(f"GET {at.path}?{at.query} HTTP/1.1\r\nHost: {at.netloc}\r\nConnection: close\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        head, _, body = head.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        out.write(body)
        while count := connection.recv_into(buffer):
            out.write(buffer[:count])


def large_object(report, cloud):
    """GET of 1 GiB into a file against `cp` of a file of that size, caches warm."""
    folder = Path(tempfile.mkdtemp(prefix="tierra-bench-s3-"))
    try:
        source, s3 = folder / "source", cloud.client("s3")
        block = os.urandom(1 << 20)
        with source.open("wb") as out:
            for _ in range(LARGE >> 20):
                out.write(block)
        s3.put_object(Bucket="bench", Key="large", Body=source.open("rb"))
        e = cloud.environment
        signer = boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{cloud.port}", region_name="us-east-1", config=Config(signature_version="s3v4"),
            aws_access_key_id=e["AWS_ACCESS_KEY_ID"], aws_secret_access_key=e["AWS_SECRET_ACCESS_KEY"],
        )
        url = signer.generate_presigned_url("get_object", Params={"Bucket": "bench", "Key": "large"})
        get = lambda: download(url, folder / "got")
        copy = lambda: subprocess.run(["cp", "--reflink=never", source, folder / "copy"], check=True)
        got, copied, ratio = compared(turns(lambda: timed(get, folder), lambda: timed(copy, folder), ROUNDS))
        get()
        assert hashlib.md5((folder / "got").read_bytes()).hexdigest() == hashlib.md5(source.read_bytes()).hexdigest()
        report.row("S3 GET of 1 GiB, against cp", f"{got:.2f} s", f"cp {copied:.2f} s", f"{1 / ratio:.2f}x", ">= 0.5x", ratio <= 2)
        s3.delete_object(Bucket="bench", Key="large")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def timed(work, folder):
    for name in ("got", "copy"):
        (folder / name).unlink(missing_ok=True)
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def objects(report):
    """Both, on a cloud that only keeps objects."""
    cloud = Cloud(tempfile.mkdtemp(prefix="tierra-bench-s3-"))
    cloud.start("--drivers", "sim")
    try:
        small_objects(report, cloud)
        large_object(report, cloud)
    finally:
        cloud.stop()
        shutil.rmtree(cloud.folder, ignore_errors=True)

"""The tool as a person at a terminal meets it: the live tree, a console that is followed, ssh, images of one's own."""

import gzip
import hashlib
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import tarfile
import time

import pytest
from conftest import BINARY, eventually, running

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: 10.77.0.0/16 } }
  Subnet: { Type: "AWS::EC2::Subnet", Properties: { VpcId: !Ref Vpc, CidrBlock: 10.77.1.0/24 } }
  Note: { Type: "AWS::SSM::Parameter", Properties: { Type: String, Name: /tool/subnet, Value: !Ref Subnet } }
Outputs:
  Subnet: { Value: !Ref Subnet }
"""


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, cloud, *arguments):
        self.side, theirs = pty.openpty()
        command = [BINARY, "--data", str(cloud.folder), "--port", str(cloud.port), *map(str, arguments)]
        # Whoever runs the tests in the background ignores the interrupt, which children would inherit.
        heed = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, preexec_fn=heed)
        os.close(theirs)
        self.text = ""

    def read(self, seconds=0.2):
        """What has come so far."""
        while select.select([self.side], [], [], seconds)[0]:
            try:
                piece = os.read(self.side, 65536)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            self.text += piece.decode(errors="replace")
        return self.text

    def end(self, seconds=60):
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read()
        self.read()
        os.close(self.side)
        return self.process.wait(timeout=1)


def test_up_draws_its_tree_in_place(cloud, tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    terminal = Terminal(cloud, "up", tmp_path, "--stack-name", "tool")
    assert terminal.end() == 0, terminal.text
    frames = re.split(r"\x1b\[\d+A", terminal.text)
    assert len(frames) > 1, "drawn again over itself"
    last = re.sub(r"\x1b\[[0-9;]*[mK]", "", frames[-1])
    for name in ("Vpc", "Subnet", "Note"):
        assert re.search(rf"✓ CREATE_COMPLETE +[0-9.]+s +{name} ", last), last
    assert re.search(r"tool is CREATE_COMPLETE", last) and re.search(r"Subnet +subnet-", last)
    # Where nobody looks on, each change is a line and nothing is drawn over.
    again = cloud.run("down", "tool")
    assert "\x1b" not in again.stdout + again.stderr and re.search(r"Vpc +DELETE_COMPLETE", again.stderr)


def launch(cloud, image, **options):
    ec2 = cloud.client("ec2")
    instance = ec2.run_instances(ImageId=image, InstanceType="t3.nano", MinCount=1, MaxCount=1, **options)["Instances"][0]["InstanceId"]
    return instance, running(ec2, instance)


def terminate(cloud, instance):
    cloud.client("ec2").terminate_instances(InstanceIds=[instance])


def test_a_console_is_followed_until_interrupted(cloud, image):
    ticks = "#!/bin/sh\nfor n in 1 2 3 4; do echo tick-$n-; sleep 1; done\n"
    instance, _ = launch(cloud, image, UserData=ticks)
    terminal = Terminal(cloud, "logs", instance, "--follow")
    eventually(lambda: "tick-4-" in terminal.read(), seconds=90, what="the last line that user data writes")
    assert [terminal.text.count(f"tick-{n}-") for n in (1, 2, 3, 4)] == [1, 1, 1, 1], "each line once"
    assert terminal.process.poll() is None, "it goes on"
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end(seconds=5) != 0
    terminate(cloud, instance)


def test_ssh_reaches_what_has_no_public_address(cloud, image):
    subnet = cloud.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    inside = [{"DeviceIndex": 0, "SubnetId": subnet, "AssociatePublicIpAddress": False}]
    instance, described = launch(cloud, image, NetworkInterfaces=inside)
    assert "PublicIpAddress" not in described
    said = eventually(lambda: (d := cloud.run("ssh", instance, "--", "hostname", "-I", check=False)).returncode == 0 and d, seconds=60, every=0.5, what="ssh through the VPC")
    assert described["PrivateIpAddress"] in said.stdout
    terminate(cloud, instance)


INIT = r"""
#include <unistd.h>
int main(void) { write(1, "a small image runs\n", 19); for (;;) pause(); }
"""


@pytest.fixture(scope="module")
def small_root(tmp_path_factory):
    """A layer with one program: the first process."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "init.c").write_text(INIT)
    subprocess.run(["cc", "-static", "-Os", "-o", folder / "init", folder / "init.c"], check=True)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in ("sbin", "etc", "dev", "proc", "sys", "run", "tmp", "root"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        entry = tarfile.TarInfo("sbin/init")
        entry.mode, entry.size = 0o755, (folder / "init").stat().st_size
        tar.addfile(entry, (folder / "init").open("rb"))
    return archive.getvalue()


def oci_layout(folder, layer):
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def blob(content, **more):
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content), **more}

    packed = blob(gzip.compress(layer), mediaType="application/vnd.oci.image.layer.v1.tar+gzip")
    config = blob(json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}).encode(), mediaType="application/vnd.oci.image.config.v1+json")
    manifest = {"schemaVersion": 2, "config": config, "layers": [packed]}
    entry = blob(json.dumps(manifest).encode(), mediaType="application/vnd.oci.image.manifest.v1+json")
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
    return folder


def docker_archive(file, layer):
    """What `docker save` wrote before version 25."""
    with tarfile.open(file, "w") as tar:
        manifest = json.dumps([{"Config": "config.json", "RepoTags": ["small:latest"], "Layers": ["one/layer.tar"]}]).encode()
        for name, content in (("one/layer.tar", layer), ("config.json", b"{}"), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return file


@pytest.fixture(params=["root", "oci", "docker"])
def small_image(request, cloud, small_root, tmp_path):
    """The same root in each form that can be imported."""
    name = f"small-{request.param}-{os.getpid()}"
    if request.param == "oci":
        source = oci_layout(tmp_path / "layout", small_root)
    elif request.param == "docker":
        source = docker_archive(tmp_path / "small.tar", small_root)
    else:
        source = tmp_path / "root.tar.gz"
        source.write_bytes(gzip.compress(small_root))
    cloud.run("image", "import", name, source)
    yield name
    cloud.run("image", "rm", name, check=False)


def test_an_imported_image_boots_and_stays_while_it_is_used(cloud, small_image):
    assert small_image in cloud.run("image", "ls").stdout
    ec2 = cloud.client("ec2")
    found = lambda: ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": [small_image]}])["Images"]
    image = eventually(found, seconds=15, what="the image in EC2")[0]["ImageId"]
    instance, _ = launch(cloud, image)
    eventually(lambda: "a small image runs" in cloud.run("logs", instance).stdout, seconds=30, what="its first line")
    kept = cloud.run("image", "rm", small_image, check=False)
    assert kept.returncode == 1 or small_image in cloud.run("image", "ls").stdout or instance in cloud.run("ps").stdout
    terminate(cloud, instance)
    eventually(lambda: ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["State"]["Name"] == "terminated", what="its end")
    cloud.run("image", "rm", small_image)
    assert small_image not in cloud.run("image", "ls").stdout
    eventually(lambda: not found(), seconds=15, what="its end in EC2")

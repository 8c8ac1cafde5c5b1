"""The end-to-end tests: real clients against the real binary, on a cloud of their own.

Every test leaves the machine as it found it; the last fixture says so by looking.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from terraforming import provider_folder, terraform  # noqa: F401 (fixtures)

BINARY = os.environ.get("TIERRA_BIN", "tierra")
REPOSITORY = Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(condition, seconds=60, every=0.1, what="the condition"):
    """Waits until `condition` gives something true, and gives it."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not come true within {seconds} s; last: {value!r}")
        time.sleep(every)


class Cloud:
    """One cloud in a folder of its own."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.port = free_port()
        self.environment = None

    def run(self, *arguments, check=True, timeout=600, **options):
        command = [BINARY, "--data", str(self.folder), "--port", str(self.port), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
        if check and done.returncode != 0:
            pytest.fail(f"{' '.join(command)} answered {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def start(self, *arguments):
        self.run("start", "--detach", *arguments)
        self.environment = json.loads(self.run("env", "--json").stdout)

    def stop(self):
        self.run("stop")

    def client(self, service, **options):
        e = options.pop("environment", self.environment)
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name=options.pop("region", "us-east-1"),
            aws_access_key_id=e["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=e["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=e.get("AWS_SESSION_TOKEN"),
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60),
            **options,
        )

    def aws(self, *arguments, check=True):
        """Runs awscli as a user would, with what `tierra env` exports."""
        environment = {**os.environ, **self.environment, "AWS_PAGER": ""}
        done = subprocess.run(["aws", *arguments], capture_output=True, text=True, env=environment, timeout=120)
        if check and done.returncode != 0:
            pytest.fail(f"aws {' '.join(arguments)} answered {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def reset(self):
        if self.folder.exists():
            self.run("reset", "--yes", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def machine_state():
    """What a cloud could leave on the machine."""
    read = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout
    return {
        "mounts": sorted(line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines() if "tierra" in line),
        "devices": sorted(name for name in os.listdir("/sys/class/net") if name not in ("lo", "eth0")),
        "tables": sorted(line for line in read("nft", "list", "tables").splitlines() if "tierra" in line),
        "loops": sorted(line for line in read("losetup", "-a").splitlines() if "tierra" in line),
        "processes": sorted(line for line in read("pgrep", "-af", BINARY).splitlines() if "pytest" not in line),
    }


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left():
    before = machine_state()
    yield
    after = eventually(lambda: (state := machine_state()) == before and state, seconds=15, what=f"a clean machine ({machine_state()} was {before})")
    assert after == before


@pytest.fixture(scope="session")
def cloud(nothing_is_left):
    cloud = Cloud(tempfile.mkdtemp(prefix="tierra-e2e-"))
    cloud.start()
    yield cloud
    cloud.reset()


class Key:
    """A key pair and the ssh that uses it."""

    def __init__(self, name, folder, material):
        self.name = name
        self.file = Path(folder) / f"{name}.pem"
        self.file.touch(mode=0o600)
        self.file.write_text(material)

    def ssh(self, address, command, user="admin", timeout=30):
        arguments = [
            "ssh", "-i", self.file, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-o", "ConnectTimeout=5", "-o", "BatchMode=yes", f"{user}@{address}", command,
        ]
        return subprocess.run(arguments, capture_output=True, text=True, timeout=timeout)

    def shell(self, address, command, user="admin"):
        """Runs a command that has to succeed; waits for sshd to be there."""
        done = eventually(lambda: (d := self.ssh(address, command, user)).returncode != 255 and d, seconds=60, every=0.5, what=f"ssh to {address}")
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="session")
def key(cloud, tmp_path_factory):
    made = cloud.client("ec2").create_key_pair(KeyName="e2e", KeyType="ed25519")
    return Key("e2e", tmp_path_factory.mktemp("key"), made["KeyMaterial"])


@pytest.fixture(scope="session")
def image(cloud):
    return cloud.client("ssm").get_parameter(Name="/aws/service/debian/release/12/latest/amd64")["Parameter"]["Value"]


def running(ec2, instance_id):
    """Waits until an instance runs, and describes it."""

    def described():
        instance = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
        assert instance["State"]["Name"] in ("pending", "running"), instance.get("StateReason")
        return instance["State"]["Name"] == "running" and instance

    return eventually(described, seconds=90, what=f"{instance_id} running")


@pytest.fixture(scope="session")
def web_group(cloud):
    """A group of the default VPC that lets ssh in."""
    ec2 = cloud.client("ec2")
    group = ec2.create_security_group(GroupName="e2e-ssh", Description="ssh for the tests")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    return group

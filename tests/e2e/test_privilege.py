"""Least privilege: who the control plane is once it serves, and that everything goes on working with it so."""

import json
import os
import stat
import tempfile
from pathlib import Path

import pytest
from conftest import Cloud, running


@pytest.fixture
def closed():
    """A cloud in a folder that only root may pass to."""
    folder = tempfile.mkdtemp(prefix="tierra-closed-")
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    cloud = Cloud(Path(folder) / "data")
    yield cloud
    cloud.reset()
    os.rmdir(folder)


def held(cloud):
    pid = json.loads(cloud.run("status", "--json").stdout)["pid"]
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.split() for name, value in (line.split(":", 1) for line in lines)}


def test_the_control_plane_is_nobody_in_particular(closed):
    closed.start()
    now = held(closed)
    user = int(now["Uid"][0])
    assert user != 0 and set(now["Uid"]) == set(now["Gid"]) == {str(user)} and now["Groups"] == []
    assert all(now[name] == ["0000000000000000"] for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"))
    assert (now["NoNewPrivs"], now["Seccomp"]) == (["1"], ["2"])
    confinement = {check["name"]: check for check in json.loads(closed.run("doctor", "--json", check=False).stdout)}["confinement"]
    assert confinement["finding"] in ("good", "limited") and f"user {user} without capabilities" in confinement["detail"]

    # Its own files are its own, the agent's are root's, and the folder lets it move neither.
    owner = lambda name: os.stat(closed.folder / name).st_uid
    assert owner("store.redb") == owner("root-key.json") == owner("operator-key") == user
    assert stat.S_IMODE(os.stat(closed.folder / "store.redb").st_mode) == 0o600
    assert owner("compute") == owner(".") == 0
    assert stat.S_IMODE(os.stat(closed.folder).st_mode) == 0o1771

    # A start after a kill, and after a log that turned over, finds everything as its own user.
    os.kill(json.loads(closed.run("status", "--json").stdout)["pid"], 9)
    closed.start()
    assert held(closed)["Uid"] == now["Uid"]


def test_a_folder_that_roots_control_plane_left_is_taken_over(closed):
    closed.start("--drivers", "sim")
    topic = closed.client("ssm")
    topic.put_parameter(Name="/kept", Value="yes", Type="String")
    user = held(closed)["Uid"][0]
    closed.stop()
    for file in closed.folder.iterdir():
        os.chown(file, 0, 0)
    os.chown(closed.folder, 0, 0)
    os.chmod(closed.folder, 0o711)
    closed.start("--drivers", "sim")
    assert held(closed)["Uid"][0] == user
    assert closed.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "yes"


def test_an_instance_boots_and_answers_by_every_verb(closed):
    closed.start()
    image = closed.client("ssm").get_parameter(Name="/aws/service/debian/release/12/latest/amd64")["Parameter"]["Value"]
    ec2 = closed.client("ec2")
    instance = ec2.run_instances(ImageId=image, InstanceType="t3.nano", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    running(ec2, instance)
    assert instance in closed.run("ps").stdout
    assert closed.run("logs", instance).returncode == 0
    closed.stop()
    closed.start()
    running(closed.client("ec2"), instance)

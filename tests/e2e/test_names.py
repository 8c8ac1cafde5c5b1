"""Names on the host: the cloud's stand in a block of /etc/hosts while it runs, and nothing else of the file changes."""

import json
import os
import re
import signal
import socket
import tempfile
from pathlib import Path

import pytest
from conftest import Cloud, eventually

HOSTS = Path("/etc/hosts")


@pytest.fixture
def two_clouds():
    clouds = [Cloud(tempfile.mkdtemp(prefix="tierra-names-")) for _ in range(2)]
    for cloud in clouds:
        cloud.start()
    yield clouds
    for cloud in clouds:
        cloud.reset()


def public_address(cloud):
    """An interface with an elastic address: it has a public name, and needs no instance."""
    ec2 = cloud.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    address = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=interface)
    association = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]["Association"]
    return association["PublicDnsName"], association["PublicIp"], association["AssociationId"]


def lines(cloud):
    """The cloud's own block, as `tierra hosts` prints it."""
    return cloud.run("hosts").stdout


def outside_blocks():
    """The lines that are not Tierra's: blocks come and go with every cloud of this machine, these have to stay."""
    return re.sub(r"^# begin tierra (\w+):.*?^# end tierra \1\n", "", HOSTS.read_text(), flags=re.MULTILINE | re.DOTALL)


def test_a_block_for_each_cloud_gone_with_it(two_clouds):
    before = outside_blocks()
    one, other = two_clouds
    name, address, association = public_address(one)
    public_address(other)
    eventually(lambda: lines(one) and lines(one) in HOSTS.read_text(), what="one cloud's block")
    eventually(lambda: lines(other) and lines(other) in HOSTS.read_text(), what="the other cloud's block")
    assert outside_blocks() == before, "the other lines stay"
    short_name = lines(one).split()[3].rstrip(":")
    assert Path("/run/tierra", short_name).is_dir()
    assert socket.gethostbyname(name) == address
    assert json.loads(one.run("hosts", "--json").stdout) == {name: [address]}

    # Killed, the block stays; what is started next, or `tierra stop`, takes care of it.
    os.kill(json.loads(one.run("status", "--json").stdout)["pid"], signal.SIGKILL)
    eventually(lambda: one.run("status", check=False).returncode == 3, what="the killed cloud's end")
    assert f"{address}\t{name}" in HOSTS.read_text()
    one.run("stop")
    eventually(lambda: f"{address}\t{name}" not in HOSTS.read_text(), what="the block's end")
    assert one.run("stop", check=False).returncode == 3, "nothing is left to stop"
    one.start()
    eventually(lambda: f"{address}\t{name}" in HOSTS.read_text(), what="the block again")
    one.client("ec2").disassociate_address(AssociationId=association)
    eventually(lambda: f"{address}\t{name}" not in HOSTS.read_text(), what="the name's end with its address")

    one.stop()
    other.stop()
    assert outside_blocks() == before
    assert short_name not in HOSTS.read_text(), "the block went with its cloud"
    assert not Path("/run/tierra", short_name).exists()

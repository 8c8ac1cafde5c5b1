"""Security groups between two instances of one subnet, seen from inside them."""

import time

import pytest
from conftest import eventually, running

PORT = 8080


@pytest.fixture(scope="module")
def pair(cloud, key, image, web_group):
    ec2 = cloud.client("ec2")
    made = ec2.run_instances(ImageId=image, InstanceType="t3.nano", MinCount=2, MaxCount=2, KeyName=key.name, SecurityGroupIds=[web_group])
    ids = [i["InstanceId"] for i in made["Instances"]]
    server, client = (running(ec2, i) for i in ids)
    assert server["SubnetId"] == client["SubnetId"]
    key.shell(server["PublicIpAddress"], f"sudo systemd-run --unit=page python3 -m http.server {PORT} --directory /etc")
    yield server, client
    ec2.terminate_instances(InstanceIds=ids)


def reaches(key, client, server, seconds=3):
    ask = f"curl -s -o /dev/null -m {seconds} http://{server['PrivateIpAddress']}:{PORT}/hostname && echo yes || echo no"
    return key.shell(client["PublicIpAddress"], ask).strip() == "yes"


def test_what_no_rule_opens_is_closed_even_in_one_subnet(cloud, key, web_group, pair):
    ec2 = cloud.client("ec2")
    server, client = pair
    assert not reaches(key, client, server)

    permission = [{"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "UserIdGroupPairs": [{"GroupId": web_group}]}]
    ec2.authorize_security_group_ingress(GroupId=web_group, IpPermissions=permission)
    eventually(lambda: reaches(key, client, server), seconds=10, what="the port opened by group reference")

    # A flow that was allowed goes on after the revoke, as AWS tracks connections; a new one does not start.
    slow = f"exec 3<>/dev/tcp/{server['PrivateIpAddress']}/{PORT}; echo open; read line; printf 'GET /hostname HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
    flow = open_shell(key, client, slow)
    assert flow.stdout.readline().strip() == "open"
    ec2.revoke_security_group_ingress(GroupId=web_group, IpPermissions=permission)
    eventually(lambda: not reaches(key, client, server), seconds=10, what="the port closed by the revoke")
    answer, _ = flow.communicate("go\n", timeout=20)
    assert "200 OK" in answer


def open_shell(key, client, command):
    import subprocess

    return subprocess.Popen(
        ["ssh", "-i", key.file, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
         f"admin@{client['PublicIpAddress']}", f"bash -c '{command.replace(chr(39), chr(34))}'"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )


def test_the_host_reaches_only_what_the_groups_open(pair):
    import socket

    server, _ = pair
    with socket.create_connection((server["PublicIpAddress"], 22), timeout=3):
        pass
    with pytest.raises(OSError):
        socket.create_connection((server["PublicIpAddress"], PORT), timeout=2).close()

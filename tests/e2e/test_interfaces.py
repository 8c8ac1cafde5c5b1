"""Network interfaces and addresses that come and go while an instance runs, seen from inside it."""

import pytest
from conftest import eventually, running

PORT = 8081


@pytest.fixture(scope="module")
def group(cloud):
    """A group whose members reach each other, and that lets ssh in."""
    ec2 = cloud.client("ec2")
    group = ec2.create_security_group(GroupName="e2e-interfaces", Description="members reach each other")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}])
    return group


@pytest.fixture(scope="module")
def pair(cloud, key, image, group):
    ec2 = cloud.client("ec2")
    made = ec2.run_instances(ImageId=image, InstanceType="t3.nano", MinCount=2, MaxCount=2, KeyName=key.name, SecurityGroupIds=[group])
    ids = [i["InstanceId"] for i in made["Instances"]]
    server, client = (running(ec2, i) for i in ids)
    key.shell(server["PublicIpAddress"], f"sudo systemd-run --unit=page python3 -m http.server {PORT} --directory /etc")
    yield server, client
    ec2.terminate_instances(InstanceIds=ids)
    ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def answers(key, client, address, *options):
    ask = f"sudo curl -s -o /dev/null -m 3 {' '.join(options)} http://{address}:{PORT}/hostname && echo yes || echo no"
    return key.shell(client["PublicIpAddress"], ask).strip() == "yes"


def test_an_interface_is_plugged_into_a_running_instance_and_taken_out(cloud, key, group, pair):
    ec2 = cloud.client("ec2")
    server, client = pair
    made = ec2.create_network_interface(SubnetId=client["SubnetId"], Groups=[group])["NetworkInterface"]
    eni, address = made["NetworkInterfaceId"], made["PrivateIpAddress"]
    attached = ec2.attach_network_interface(NetworkInterfaceId=eni, InstanceId=client["InstanceId"], DeviceIndex=1)
    devices = lambda: key.shell(client["PublicIpAddress"], "ip -4 -o address")
    eventually(lambda: f"eth1    inet {address}/" in devices(), seconds=20, what="eth1 in the guest")
    eventually(lambda: answers(key, client, server["PrivateIpAddress"], "--interface", "eth1"), seconds=20, what="an answer by way of eth1")
    assert address in key.shell(server["PublicIpAddress"], "sudo journalctl -u page --no-pager")
    shown = ec2.describe_instances(InstanceIds=[client["InstanceId"]])["Reservations"][0]["Instances"][0]["NetworkInterfaces"]
    assert {one["Attachment"]["DeviceIndex"]: one["PrivateIpAddress"] for one in shown}[1] == address

    ec2.detach_network_interface(AttachmentId=attached["AttachmentId"])
    eventually(lambda: "eth1" not in devices(), seconds=20, what="no eth1 in the guest")
    ec2.delete_network_interface(NetworkInterfaceId=eni)


def test_a_further_address_leads_to_its_interface_until_it_is_taken_back(cloud, key, pair):
    ec2 = cloud.client("ec2")
    server, client = pair
    eni = server["NetworkInterfaces"][0]["NetworkInterfaceId"]
    assigned = ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, SecondaryPrivateIpAddressCount=1)
    address = assigned["AssignedPrivateIpAddresses"][0]["PrivateIpAddress"]
    key.shell(server["PublicIpAddress"], f"sudo ip address add {address}/32 dev eth0")
    eventually(lambda: answers(key, client, address), seconds=20, what="an answer from the further address")
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=[address])
    eventually(lambda: not answers(key, client, address), seconds=20, what="no answer from an address that was taken back")

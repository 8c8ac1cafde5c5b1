"""Images of instances: what changed on a disk is on every instance launched from its image, and nothing else of that machine is."""

import os
from pathlib import Path

from conftest import eventually, running

CACHE = Path(os.environ.get("TIERRA_CACHE", Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tierra"))


def kept():
    """The disks that the machine keeps, for whatever cloud."""
    return sorted(path.name for path in (CACHE / "images/names").glob("snap-*"))


def available(ec2, image):
    state = lambda: ec2.describe_images(ImageIds=[image])["Images"][0]["State"]
    eventually(lambda: state() == "available", what=f"{image} available")


def launch(ec2, image, key, group, user_data):
    made = ec2.run_instances(
        ImageId=image, InstanceType="t3.micro", KeyName=key.name, SecurityGroupIds=[group], UserData=user_data, MinCount=1, MaxCount=1
    )
    return made["Instances"][0]["InstanceId"]


def terminate(ec2, *ids):
    ec2.terminate_instances(InstanceIds=list(ids))
    ec2.get_waiter("instance_terminated").wait(InstanceIds=list(ids), WaiterConfig={"Delay": 1})


def identity(key, at):
    """What must differ between machines: the id to systemd, and ssh's host key."""
    machine, host_key = key.shell(at, "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub").splitlines()
    return machine, host_key.split()[1]


def started(key, at):
    """When its first process started."""
    return key.shell(at, "cat /proc/1/stat").split()[21]


def told(key, at, text):
    eventually(lambda: text in key.shell(at, "cat /told 2>&1 || true"), what=f"user data that says {text}")


def test_an_image_carries_the_disk_and_not_the_machine(cloud, key, image, web_group):
    ec2 = cloud.client("ec2")
    before = kept()
    first = launch(ec2, image, key, web_group, "#!/bin/sh\necho first > /told\n")
    at = running(ec2, first)["PublicIpAddress"]
    told(key, at, "first")
    key.shell(at, "echo changed > kept; sudo chown 33:33 kept; sudo rm /etc/debian_version")
    own, boot = identity(key, at), started(key, at)

    frozen = ec2.create_image(InstanceId=first, Name="frozen", NoReboot=True)["ImageId"]
    available(ec2, frozen)
    assert started(key, at) == boot, "it was not rebooted"
    rebooted = ec2.create_image(InstanceId=first, Name="rebooted")["ImageId"]
    available(ec2, rebooted)
    eventually(lambda: started(key, at) != boot, what="the reboot")
    assert identity(key, at) == own, "the imaged instance stays itself"
    snapshots = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert {one["State"] for one in snapshots} == {"completed"} and len(kept()) == len(before) + 2

    children = [launch(ec2, one, key, web_group, f"#!/bin/sh\necho {one} > /told\n") for one in (frozen, rebooted)]
    identities = [own]
    for child, source in zip(children, (frozen, rebooted)):
        at = running(ec2, child)["PublicIpAddress"]
        told(key, at, source)
        assert key.shell(at, "cat kept; stat -c %u:%g kept; test -e /etc/debian_version || echo gone").split() == ["changed", "33:33", "gone"]
        identities.append(identity(key, at))
    assert len({one[0] for one in identities}) == 3 and len({one[1] for one in identities}) == 3, identities

    ec2.deregister_image(ImageId=frozen, DeleteAssociatedSnapshots=True)
    snapshot = ec2.describe_images(ImageIds=[rebooted])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    ec2.deregister_image(ImageId=rebooted)
    ec2.delete_snapshot(SnapshotId=snapshot)
    assert ec2.describe_images(Owners=["self"])["Images"] == []
    assert len(kept()) == len(before) + 2, "its instances still lie on each"
    terminate(ec2, first, *children)
    eventually(lambda: kept() == before, what="nothing kept")

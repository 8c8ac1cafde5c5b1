"""What Tierra promises of its speed, as ratios measured in one run on this machine.

Absolute figures are printed beside them; machines differ and are noisy, so only ratios against a peer or a baseline say much.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402
from balancer import balances  # noqa: E402
from conftest import BINARY, REPOSITORY, Cloud, Key, eventually, free_port, running  # noqa: E402
from databases import databases  # noqa: E402
from s3 import objects  # noqa: E402
from turns import compared, turns  # noqa: E402

IMAGE = "/aws/service/debian/release/12/latest/amd64"
ROUNDS = 5
SECONDS = 3


class Signed:
    """Signed query requests on one kept-alive connection, without an SDK's own time."""

    def __init__(self, port, service, version, access="test", secret="test"):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.signer = SigV4Auth(Credentials(access, secret), service, "us-east-1")
        self.version, self.url = version, f"http://127.0.0.1:{port}/"

    def prepare(self, action, **parameters):
        body = urlencode({"Action": action, "Version": self.version, **parameters})
        request = AWSRequest("POST", self.url, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.signer.add_auth(request)
        return body, dict(request.headers)

    def send(self, prepared):
        body, headers = prepared
        self.connection.request("POST", "/", body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def call(self, action, **parameters):
        return self.send(self.prepare(action, **parameters))


def resident(*pids):
    """Kilobytes that processes hold in memory."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total += int(line.split()[1])
    return total


def first_answer(command, port, access, secret, ready=None):
    """Seconds from starting a server to its first signed answer; leaves it running."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            status, _ = Signed(port, "sts", "2011-06-15", *(ready() if ready else (access, secret))).call("GetCallerIdentity")
            if status == 200:
                return time.perf_counter() - begun, process
        except (OSError, FileNotFoundError, json.JSONDecodeError, KeyError):
            pass
        time.sleep(0.001)


def rate(signed, action, **parameters):
    """Requests a second, one after the other."""
    prepared = signed.prepare(action, **parameters)
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < SECONDS:
        status, _ = signed.send(prepared)
        assert status == 200, status
        count += 1
    return count / (time.perf_counter() - begun)


class Report:
    def __init__(self):
        self.rows = []

    def row(self, what, ours, base, ratio, wanted, holds):
        self.rows.append({"what": what, "tierra": ours, "baseline": base, "ratio": ratio, "wanted": wanted, "holds": bool(holds)})
        print(f"{'ok ' if holds else 'NOT'}  {what:<52} {ours:>14}  {base:>18}  {ratio:>8}  {wanted}", flush=True)


def starts_and_memory(report):
    port, folder = free_port(), tempfile.mkdtemp(prefix="tierra-bench-")
    moto_times, our_times = [], []
    for _ in range(ROUNDS):
        seconds, moto = first_answer([sys.executable, "-m", "moto.server", "-p", str(port)], port, "test", "test")
        moto_times.append(seconds)
        moto_memory = resident(moto.pid)
        moto.terminate()
        moto.wait()
    cloud = Cloud(folder)
    key_file = Path(folder) / "root-key.json"
    key = lambda: (lambda k: (k["access_key_id"], k["secret_access_key"]))(json.loads(key_file.read_text()))
    for _ in range(ROUNDS):
        command = [BINARY, "--data", str(folder), "--port", str(cloud.port), "start"]
        seconds, ours = first_answer(command, cloud.port, None, None, ready=key)
        our_times.append(seconds)
        time.sleep(1)
        our_memory = resident(ours.pid)
        ours.terminate()
        ours.wait()
    ours, moto = median(our_times), median(moto_times)
    report.row("start to first signed answer", f"{ours * 1000:.0f} ms", f"moto {moto * 1000:.0f} ms", f"{moto / ours:.1f}x", "<= 50 ms", ours <= 0.05)
    report.row("idle memory of the control plane", f"{our_memory / 1024:.0f} MiB", f"moto {moto_memory / 1024:.0f} MiB", f"{moto_memory / our_memory:.1f}x", "<= 40 MiB", our_memory <= 40 << 10)
    shutil.rmtree(folder, ignore_errors=True)


def describes(report, cloud, count=100):
    """DescribeInstances of `count` instances, which need only be recorded: they are stopped as soon as they are there."""
    port = free_port()
    moto = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    simulated = Cloud(tempfile.mkdtemp(prefix="tierra-bench-sim-"))
    try:
        time.sleep(2)
        Signed(port, "ec2", "2016-11-15").call("RunInstances", ImageId="ami-12c6146b", MinCount=count, MaxCount=count)
        simulated.start("--drivers", "sim")
        environment = simulated.environment
        ours = Signed(simulated.port, "ec2", "2016-11-15", environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        image = simulated.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]
        assert ours.call("RunInstances", ImageId=image, InstanceType="t3.nano", MinCount=count, MaxCount=count)[0] == 200
        time.sleep(2)
        theirs = Signed(port, "ec2", "2016-11-15")
        a, b, ratio = compared(turns(lambda: rate(ours, "DescribeInstances"), lambda: rate(theirs, "DescribeInstances"), 3))
        report.row(f"DescribeInstances of {count}", f"{a:.0f}/s", f"moto {b:.0f}/s", f"{ratio:.1f}x", ">= 10x", ratio >= 10)
    finally:
        moto.terminate()
        moto.wait()
        simulated.reset()


def launches(report, cloud, key, group, image):
    ec2 = cloud.client("ec2")
    times, ids = [], []
    for _ in range(ROUNDS):
        begun = time.time()
        data = "#!/bin/sh\necho first line at $(date +%s.%N)\n"
        made = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, KeyName=key.name, SecurityGroupIds=[group], UserData=data)
        ids.append(made["Instances"][0]["InstanceId"])
        while not (found := re.search(r"first line at ([0-9.]+)", ec2.get_console_output(InstanceId=ids[-1], Latest=True).get("Output", ""))):
            time.sleep(0.05)
        times.append(float(found.group(1)) - begun)
    report.row("RunInstances to first line of user data", f"{median(times):.2f} s", "-", "-", "<= 2 s", median(times) <= 2)
    time.sleep(5)
    memory = [memory_of(i) for i in ids]
    if all(memory):
        report.row("memory of an idle instance", f"{median(memory) / 2**20:.0f} MiB", "-", "-", "<= 40 MiB", median(memory) <= 40 << 20)
    return ids


def memory_of(instance):
    """Bytes that the instance's control group holds, page cache aside."""
    for line in subprocess.run(["find", "/sys/fs/cgroup", "-type", "d", "-name", f"*{instance}*"], capture_output=True, text=True).stdout.splitlines():
        stat = Path(line) / "memory.stat"
        if stat.exists():
            fields = dict(row.split() for row in stat.read_text().splitlines())
            return int(fields.get("total_rss", fields.get("anon", 0))) + int(fields.get("total_mapped_file", fields.get("file_mapped", 0)))
    return 0


def interfaces(report, cloud):
    """CreateNetworkInterface as its caller sees it."""
    ec2 = cloud.client("ec2")
    subnet = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"][0]["SubnetId"]
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        made = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
        times.append(time.perf_counter() - begun)
        ec2.delete_network_interface(NetworkInterfaceId=made)
    report.row("CreateNetworkInterface, answered", f"{median(times) * 1000:.0f} ms", "-", "-", "<= 10 ms", median(times) <= 0.01)


def attachments(report, cloud, key, server):
    """From the call of AttachNetworkInterface to the address on the interface, as the instance sees it."""
    ec2 = cloud.client("ec2")
    made = ec2.create_network_interface(SubnetId=server["SubnetId"])["NetworkInterface"]
    address, interface = made["PrivateIpAddress"], made["NetworkInterfaceId"]
    # The instance's clock is the machine's. An address that it has can be bound to.
    probe = f"import socket,time\nend=time.time()+20\nwhile time.time()<end:\n s=socket.socket()\n try:\n  s.bind(('{address}',0)); print(time.time()); break\n except OSError: time.sleep(0.0005)\n s.close()\n"
    times = []
    for _ in range(ROUNDS):
        with ThreadPoolExecutor() as pool:
            seen = pool.submit(key.shell, server["PublicIpAddress"], f"python3 -c \"{probe}\"")
            time.sleep(1)
            begun = time.time()
            attachment = ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=server["InstanceId"], DeviceIndex=1)["AttachmentId"]
            times.append(float(seen.result()) - begun)
        ec2.detach_network_interface(AttachmentId=attachment)
        state = lambda: ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"][0]["Status"]
        eventually(lambda: state() == "available", what="the interface detached")
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    took = median(times) * 1000
    report.row("AttachNetworkInterface to its address inside", f"{took:.0f} ms", "-", "-", "<= 50 ms", took <= 50)


def groups(report, cloud, key, group, server, client):
    ec2 = cloud.client("ec2")
    address = server["PrivateIpAddress"]
    key.shell(server["PublicIpAddress"], "sudo systemd-run --unit=page python3 -m http.server 8080 --directory /etc")
    probe = f"import socket,time\nend=time.time()+20\nwhile time.time()<end:\n s=socket.socket(); s.settimeout(0.02)\n try:\n  s.connect(('{address}',8080)); print(time.time()); break\n except OSError: pass\n s.close()\n"
    times = []
    for _ in range(ROUNDS):
        with ThreadPoolExecutor() as pool:
            seen = pool.submit(key.shell, client["PublicIpAddress"], f'python3 -c "{probe}"')
            time.sleep(2)
            permission = [{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": group}]}]
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission)
            answered = time.time()
            times.append(float(seen.result()) - answered)
            ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=permission)
    worst = max(median(times), 0)
    report.row("group change in force after its answer", f"{worst * 1000:.0f} ms", "-", "-", "<= 50 ms", worst <= 0.05)


def throughput(report, cloud, key, group, server, client):
    ec2 = cloud.client("ec2")
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=5201, ToPort=5201, CidrIp="0.0.0.0/0")
    sink = "import socket\ns=socket.create_server(('',5201))\nwhile True:\n c,_=s.accept()\n while c.recv(1<<20): pass\n"
    key.shell(server["PublicIpAddress"], f'sudo systemd-run --unit=sink python3 -c "{sink}"')
    send = f"import socket,time\ns=socket.create_connection(('{server['PrivateIpAddress']}',5201)); b=bytes(1<<20); n=0; t=time.time()\nwhile time.time()-t<{SECONDS}: s.sendall(b); n+=1\nprint(n/(time.time()-t))"
    measure = lambda: float(key.shell(client["PublicIpAddress"], f'python3 -c "{send}"'))
    many = ec2.create_security_group(GroupName="bench-many", Description="many rules")["GroupId"]
    networks = [{"CidrIp": f"10.{n // 250}.{n % 250}.0/24"} for n in range(1000)]
    for at in range(0, 1000, 50):
        ec2.authorize_security_group_ingress(GroupId=many, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 5201, "ToPort": 5201, "IpRanges": networks[at:at + 50]}])

    def under(*groups):
        for instance in (server, client):
            ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], Groups=[group, *groups])
        time.sleep(0.5)
        return measure()

    ours, base, ratio = compared(turns(lambda: under(many), under, ROUNDS))
    report.row("instance to instance, 1,000 rules / none", f"{ours:.0f} MiB/s", f"{base:.0f} MiB/s", f"{ratio:.2f}", ">= 0.9", ratio >= 0.9)


def first_answer_of(report, what, cloud, begin, stack, wanted):
    """From the begin of a stack's creation to the first 200 at its output `Url`."""
    cfn = cloud.client("cloudformation")
    begun = time.perf_counter()
    begin()
    outputs = lambda: {o["OutputKey"]: o["OutputValue"] for o in cfn.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])}
    url = eventually(lambda: outputs().get("Url"), every=0.02, what=f"the address of {stack}")
    eventually(lambda: answers(url), every=0.02, what=url)
    seconds = time.perf_counter() - begun
    report.row(f"{what} to 200", f"{seconds:.2f} s", "-", "-", f"<= {wanted} s", seconds <= wanted)


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=1).status == 200
    except OSError:
        return False


def hello(report, cloud):
    template = (REPOSITORY / "examples/hello/template.yaml").read_text()
    create = lambda: cloud.client("cloudformation").create_stack(StackName="hello", TemplateBody=template, Capabilities=["CAPABILITY_IAM"])
    first_answer_of(report, "hello: CreateStack", cloud, create, "hello", 5)
    cloud.run("down", "hello")


def minitwit(report, cloud):
    up = lambda: cloud.run("up", REPOSITORY / "examples/minitwit", "--stack-name", "minitwit")
    first_answer_of(report, "MiniTwit: tierra up", cloud, up, "minitwit", 15)
    cloud.run("down", "minitwit")


def many(report, cloud, count=50):
    ec2, image = cloud.client("ec2"), public_image(cloud)
    begun = time.perf_counter()
    made = ec2.run_instances(ImageId=image, InstanceType="t3.nano", MinCount=count, MaxCount=count, UserData="#!/bin/sh\necho up\n")
    ids = [i["InstanceId"] for i in made["Instances"]]
    for instance in ids:
        while "up" not in ec2.get_console_output(InstanceId=instance, Latest=True).get("Output", ""):
            time.sleep(0.2)
    seconds = time.perf_counter() - begun
    report.row(f"{count} instances at once, all user data run", f"{seconds:.1f} s", "-", "-", "all run", True)
    ec2.terminate_instances(InstanceIds=ids)


def in_instances(report, cloud):
    """What is measured in two instances and between them."""
    ec2 = cloud.client("ec2")
    material = ec2.create_key_pair(KeyName="bench", KeyType="ed25519")["KeyMaterial"]
    key = Key("bench", tempfile.mkdtemp(prefix="tierra-bench-key-"), material)
    group = ec2.create_security_group(GroupName="bench", Description="bench")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0")
    ids = launches(report, cloud, key, group, public_image(cloud))
    server, client = (running(ec2, i) for i in ids[:2])
    attachments(report, cloud, key, server)
    groups(report, cloud, key, group, server, client)
    throughput(report, cloud, key, group, server, client)
    ec2.terminate_instances(InstanceIds=ids)


def public_image(cloud):
    return cloud.client("ssm").get_parameter(Name=IMAGE)["Parameter"]["Value"]


# What can be measured alone, and what takes a cloud that runs.
ALONE = {"start": starts_and_memory, "objects": objects, "balancer": balances}
RUNNING = {
    "describe": describes, "interfaces": interfaces, "instances": in_instances, "databases": databases, "hello": hello, "minitwit": minitwit, "many": many,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"measure only these: {', '.join([*ALONE, *RUNNING])}")
    parser.add_argument("--json", help="also write the rows to this file")
    options = parser.parse_args()
    unknown = set(options.parts) - {*ALONE, *RUNNING}
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    chosen = lambda parts: [measure for name, measure in parts.items() if not options.parts or name in options.parts]
    report = Report()
    for measure in chosen(ALONE):
        measure(report)
    if chosen(RUNNING):
        cloud = Cloud(tempfile.mkdtemp(prefix="tierra-bench-"))
        cloud.start()
        try:
            for measure in chosen(RUNNING):
                measure(report, cloud)
        finally:
            cloud.reset()
    if options.json:
        Path(options.json).write_text(json.dumps(report.rows, indent=1))
    print(f"{sum(r['holds'] for r in report.rows)} of {len(report.rows)} hold")


if __name__ == "__main__":
    main()

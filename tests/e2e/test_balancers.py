"""Load balancers that balance: two instances behind an Application and a Classic Load Balancer, with the clients that people use."""

import gzip
import json
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from conftest import Cloud, eventually, running
from test_crash import processes

# What runs on the instances: pages on 8080, which only balancers reach; on 9000 the same, and what makes it ill, ends and starts it.
SERVER = r'''#!/bin/sh
cat > /srv/server.py <<'EOF'
import json, multiprocessing, os, signal, socket, sys, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()
    def do_GET(self):
        url = urlsplit(self.path)
        action, query = url.path.rsplit("/", 1)[1], dict(parse_qsl(url.query))
        code, text = 200, socket.gethostname()
        if action == "health": code = int(open("/srv/code").read())
        if action == "set": open("/srv/code", "w").write(query["code"])
        if action == "headers": text = json.dumps(dict(self.headers))
        if action == "slow": time.sleep(float(query["seconds"]))
        if action == "resolve": text = json.dumps(sorted(socket.gethostbyname_ex(query["name"])[2]))
        if action == "fetch": text = urllib.request.urlopen(query["url"], timeout=5).read().decode()
        if action == "die": os.kill(self.server.pages.pid, signal.SIGKILL)
        if action == "revive": self.server.pages = start()
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

def pages():
    ThreadingHTTPServer(("", 8080), Handler).serve_forever()

def start():
    process = multiprocessing.Process(target=pages)
    process.start()
    return process

open("/srv/code", "w").write("200")
control = ThreadingHTTPServer(("", 9000), Handler)
control.pages = start()
control.serve_forever()
EOF
systemd-run --unit=web python3 /srv/server.py
'''


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect)


def get(url, headers=None, timeout=10):
    """The status, the body and the headers of one answer."""
    try:
        with OPENER.open(urllib.request.Request(url, headers=headers or {}), timeout=timeout) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode(), answer.headers


def said(host, text):
    """The status line that this is answered with, where nothing more is said."""
    with socket.create_connection((host, 80), timeout=10) as client:
        client.sendall(text.encode())
        with client.makefile("rb") as answer:
            return answer.readline().decode().rstrip()


class Site:
    """Two instances that serve pages, and the groups and subnets that balancers need."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.ec2, self.elbv2, self.elb = cloud.client("ec2"), cloud.client("elbv2"), cloud.client("elb")
        subnets = sorted(self.ec2.describe_subnets()["Subnets"], key=lambda subnet: subnet["AvailabilityZone"])[:2]
        self.subnets, self.vpc = [subnet["SubnetId"] for subnet in subnets], subnets[0]["VpcId"]
        self.zones = [subnet["AvailabilityZone"] for subnet in subnets]
        self.front, servers = self.group("front"), self.group("servers")
        for port in (80, 443):
            self.allow(self.front, port, CidrIp="0.0.0.0/0")
        self.ec2.authorize_security_group_ingress(
            GroupId=servers,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": self.front}]}],
        )
        self.allow(servers, 9000, CidrIp="0.0.0.0/0")
        image = cloud.client("ssm").get_parameter(Name="/aws/service/debian/release/12/latest/amd64")["Parameter"]["Value"]
        launch = dict(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, UserData=SERVER, SecurityGroupIds=[servers])
        launched = [self.ec2.run_instances(SubnetId=subnet, **launch)["Instances"][0]["InstanceId"] for subnet in self.subnets]
        self.instances = {one["InstanceId"]: one for one in (running(self.ec2, instance) for instance in launched)}
        self.ids = launched
        for instance in launched:
            eventually(lambda: self.answers(instance), seconds=60, what=f"pages of {instance}")
        self.hosts = {instance: self.control(instance, "") for instance in launched}

    def group(self, name):
        return self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]

    def allow(self, group, port, **source):
        self.ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=port, ToPort=port, **source)

    def control(self, instance, path):
        return get(f"http://{self.instances[instance]['PublicIpAddress']}:9000/{path}")[1]

    def answers(self, instance):
        try:
            return self.control(instance, "")
        except OSError:
            return None

    def target_group(self, name, **options):
        options = {"HealthCheckPath": "/health", "HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 2, "HealthyThresholdCount": 2, **options}
        made = self.elbv2.create_target_group(Name=name, Protocol="HTTP", Port=8080, VpcId=self.vpc, UnhealthyThresholdCount=2, **options)
        return made["TargetGroups"][0]["TargetGroupArn"]

    def register(self, group):
        self.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": instance} for instance in self.ids])

    def health(self, group):
        described = self.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {one["Target"]["Id"]: one["TargetHealth"] for one in described}

    def states(self, group):
        return [self.health(group).get(instance, {}).get("State") for instance in self.ids]

    def until(self, group, *states):
        eventually(lambda: self.states(group) == list(states), seconds=40, what=f"{states} of {group} ({self.health(group)})")

    def balancer(self, name, **options):
        """Makes an Application Load Balancer; answers its description once it is active."""
        made = self.elbv2.create_load_balancer(Name=name, Subnets=self.subnets, SecurityGroups=[self.front], **options)["LoadBalancers"][0]
        assert made["State"]["Code"] == "provisioning"
        state = lambda: self.elbv2.describe_load_balancers(Names=[name])["LoadBalancers"][0]["State"]["Code"]
        eventually(lambda: state() == "active", seconds=60, what=f"{name} active")
        return made


class Stream:
    """Requests one after the other, from several clients at once, until told to stop; `failures` are those that did not go well."""

    def __init__(self, url, clients=4):
        self.url, self.count, self.failures, self.stopped = url, 0, [], False
        self.threads = [threading.Thread(target=self.run) for _ in range(clients)]

    def run(self):
        while not self.stopped:
            try:
                status, body, _ = get(self.url)
            except (OSError, HTTPException) as error:
                status, body = None, repr(error)
            self.count += 1
            if status != 200:
                self.failures.append((status, body))
            time.sleep(0.005)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped = True
        for thread in self.threads:
            thread.join()


@pytest.fixture(scope="module")
def site():
    cloud = Cloud(tempfile.mkdtemp(prefix="tierra-e2e-balancers-"))
    cloud.start()
    try:
        yield Site(cloud)
    finally:
        cloud.reset()


class Front:
    """An Application Load Balancer before both instances."""

    def __init__(self, site):
        self.site = site
        self.group = site.target_group("pages")
        site.register(self.group)
        assert site.states(self.group) == ["unused", "unused"]
        assert {one["Reason"] for one in site.health(self.group).values()} == {"Target.NotInUse"}
        self.balancer = site.balancer("front")
        self.arn, self.name = self.balancer["LoadBalancerArn"], self.balancer["DNSName"]
        action = {"Type": "forward", "TargetGroupArn": self.group}
        listener = site.elbv2.create_listener(LoadBalancerArn=self.arn, Protocol="HTTP", Port=80, DefaultActions=[action])
        self.listener = listener["Listeners"][0]["ListenerArn"]
        site.until(self.group, "healthy", "healthy")
        self.url = f"http://{self.name}/"
        eventually(lambda: Path("/etc/hosts").read_text().count(self.name) == 2, what="both zones under the balancer's name on the host")

    def bodies(self, count=8, headers=None):
        return [get(self.url, headers)[1] for _ in range(count)]


@pytest.fixture(scope="module")
def front(site):
    return Front(site)


@pytest.fixture(scope="module")
def classic(site):
    """A Classic Load Balancer before both instances, made by awscli: its name."""
    aws = site.cloud.aws
    made = aws("elb", "create-load-balancer", "--load-balancer-name", "classic", "--subnets", *site.subnets, "--security-groups", site.front,
               "--listeners", "Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=8080")  # fmt: skip
    check = "Target=HTTP:8080/health,Interval=5,Timeout=2,UnhealthyThreshold=2,HealthyThreshold=2"
    aws("elb", "configure-health-check", "--load-balancer-name", "classic", "--health-check", check)
    aws("elb", "register-instances-with-load-balancer", "--load-balancer-name", "classic", "--instances", *site.ids)
    return json.loads(made.stdout)["DNSName"]


def in_service(site):
    states = site.elb.describe_instance_health(LoadBalancerName="classic")["InstanceStates"]
    return {one["InstanceId"]: (one["State"], one["ReasonCode"], one["Description"]) for one in states}


def test_requests_go_round_by_the_balancers_name(site, front):
    bodies = front.bodies(20)
    assert {bodies.count(host) for host in site.hosts.values()} == {10}, bodies
    status, text, headers = get(front.url + "headers", {"X-Forwarded-For": "192.0.2.7"})
    seen = json.loads(text)
    assert status == 200 and seen["Host"] == front.name
    assert seen["X-Forwarded-For"].startswith("192.0.2.7, ") and seen["X-Forwarded-Port"] == "80" and seen["X-Forwarded-Proto"] == "http"
    assert seen["X-Amzn-Trace-Id"].startswith("Root=1-")
    addresses = json.loads(site.control(site.ids[0], f"resolve?name={front.name}"))
    interfaces = site.ec2.describe_network_interfaces(Filters=[{"Name": "description", "Values": ["ELB app/front/*"]}])["NetworkInterfaces"]
    assert addresses == sorted(interface["PrivateIpAddress"] for interface in interfaces) and len(addresses) == 2
    assert {interface["RequesterId"] for interface in interfaces} == {"amazon-elb"}


def test_an_internal_balancer_is_reached_from_inside_only(site, front):
    inner = site.balancer("inner", Scheme="internal")
    action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": "inside"}}
    site.elbv2.create_listener(LoadBalancerArn=inner["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[action])
    assert inner["DNSName"].startswith("internal-inner-")
    inside = lambda: site.control(site.ids[0], f"fetch?url=http://{inner['DNSName']}/")
    # The instances' group is none that the balancer lets in until it says so: everyone may.
    eventually(lambda: inside() == "inside", what="the internal balancer's answer")
    assert inner["DNSName"] not in Path("/etc/hosts").read_text()
    site.elbv2.delete_load_balancer(LoadBalancerArn=inner["LoadBalancerArn"])


def test_rules_answer_by_path_and_host(site, front):
    elbv2 = site.elbv2
    fixed = lambda text: {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "418", "ContentType": "text/plain", "MessageBody": text}}
    forward = {"Type": "forward", "TargetGroupArn": front.group}
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "Path": "/new/#{path}", "StatusCode": "HTTP_301"}}
    rules = [
        ("path-pattern", ["/tea/*"], fixed("tea")),
        ("host-header", ["*.tea.example"], fixed("host")),
        ("path-pattern", ["/old/*"], redirect),
        ("path-pattern", ["/app/*"], forward),
    ]
    made = []
    for priority, (field, values, action) in enumerate(rules, 1):
        rule = elbv2.create_rule(ListenerArn=front.listener, Priority=priority, Conditions=[{"Field": field, "Values": values}], Actions=[action])
        made.append(rule["Rules"][0]["RuleArn"])
    eventually(lambda: get(front.url + "tea/cup")[0] == 418, what="the first rule")
    eventually(lambda: get(front.url + "app/")[1] in site.hosts.values(), what="the last rule")
    assert get(front.url + "tea/cup")[:2] == (418, "tea")
    assert get(front.url, {"Host": "green.tea.example"})[:2] == (418, "host")
    status, _, headers = get(front.url + "old/page?a=b")
    assert (status, headers["Location"]) == (301, f"https://{front.name}:443/new/old/page?a=b")
    assert headers["Server"] == "awselb/2.0"
    for arn in made:
        elbv2.delete_rule(RuleArn=arn)
    eventually(lambda: get(front.url + "tea/cup")[0] == 200, what="the default action")


def test_https_with_a_certificate(site, front):
    acm = site.cloud.client("acm")
    arn = acm.request_certificate(DomainName="shop.example", SubjectAlternativeNames=[front.name])["CertificateArn"]
    eventually(lambda: acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED", what="the certificate")
    action = {"Type": "forward", "TargetGroupArn": front.group}
    listener = site.elbv2.create_listener(
        LoadBalancerArn=front.arn, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": arn}], DefaultActions=[action],
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
    )["Listeners"][0]["ListenerArn"]  # fmt: skip
    trusting = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=site.cloud.folder / "ca.pem"))

    def fetch():
        try:
            return json.loads(urllib.request.build_opener(trusting).open(f"https://{front.name}/headers", timeout=5).read())
        except OSError:
            return None

    seen = eventually(fetch, what="HTTPS")
    assert (seen["X-Forwarded-Proto"], seen["X-Forwarded-Port"]) == ("https", "443")
    with pytest.raises(ClientError, match="ResourceInUseException"):
        acm.delete_certificate(CertificateArn=arn)
    site.elbv2.delete_listener(ListenerArn=listener)


def test_a_cookie_keeps_a_client_with_its_target(site, front):
    change = lambda on: site.elbv2.modify_target_group_attributes(
        TargetGroupArn=front.group, Attributes=[{"Key": "stickiness.enabled", "Value": on}, {"Key": "stickiness.type", "Value": "lb_cookie"}]
    )
    change("true")
    cookie = eventually(lambda: get(front.url)[2]["Set-Cookie"], what="a cookie")
    assert cookie.startswith("AWSALB=")
    assert len(set(front.bodies(headers={"Cookie": cookie.split(";")[0]}))) == 1
    change("false")
    eventually(lambda: get(front.url)[2]["Set-Cookie"] is None, what="no cookie")
    assert len(set(front.bodies())) == 2


def test_the_ill_get_nothing_and_the_dead_cost_no_request(site, front, classic):
    ill, well = site.ids
    site.control(ill, "set?code=503")
    site.until(front.group, "unhealthy", "healthy")
    assert site.health(front.group)[ill] == {
        "State": "unhealthy",
        "Reason": "Target.ResponseCodeMismatch",
        "Description": "Health checks failed with these codes: [503]",
    }
    assert set(front.bodies()) == {site.hosts[well]}
    out = ("OutOfService", "Instance", "Instance has failed at least the UnhealthyThreshold number of health checks consecutively.")
    eventually(lambda: in_service(site)[ill] == out, seconds=30, what="the Classic Load Balancer's word")
    site.control(ill, "set?code=200")
    site.until(front.group, "healthy", "healthy")
    with Stream(front.url) as stream:
        site.control(ill, "die")
        site.until(front.group, "unhealthy", "healthy")
        before = list(stream.failures)
        time.sleep(1)
    assert stream.failures == before, "no request fails once the target is known to be dead"
    assert stream.count > 100 and len(before) <= 4, before
    assert site.health(front.group)[ill]["Reason"] in ("Target.FailedHealthChecks", "Target.Timeout")
    site.control(ill, "revive")
    site.until(front.group, "healthy", "healthy")


def test_a_target_that_leaves_finishes_what_it_began(site, front):
    leaving, staying = site.ids
    target = [{"Id": leaving}]
    slow = []
    clients = [threading.Thread(target=lambda: slow.append(get(front.url + "slow?seconds=3"))) for _ in range(4)]
    for client in clients:
        client.start()
    time.sleep(0.5)
    site.elbv2.deregister_targets(TargetGroupArn=front.group, Targets=target)
    told = site.health(front.group)[leaving]
    assert (told["State"], told["Reason"]) == ("draining", "Target.DeregistrationInProgress")
    eventually(lambda: set(front.bodies(6)) == {site.hosts[staying]}, what="the one that stays")
    for client in clients:
        client.join()
    assert sorted(answer[1] for answer in slow) == sorted([*site.hosts.values()] * 2) and {answer[0] for answer in slow} == {200}
    eventually(lambda: leaving not in site.health(front.group), what="the end of draining")
    site.register(front.group)
    site.until(front.group, "healthy", "healthy")


def test_the_classic_balancer_serves(site, classic):
    eventually(lambda: set(in_service(site).values()) == {("InService", "N/A", "N/A")}, seconds=40, what="both in service")
    # Each node serves the instances of its own zone until the balancer is told otherwise.
    addresses = json.loads(site.control(site.ids[0], f"resolve?name={classic}"))
    assert len(addresses) == 2
    inside = [site.control(site.ids[0], f"fetch?url=http://{address}/") for address in addresses * 2]
    assert inside[:2] == inside[2:] and set(inside) == set(site.hosts.values())
    across = {"CrossZoneLoadBalancing": {"Enabled": True}}
    site.elb.modify_load_balancer_attributes(LoadBalancerName="classic", LoadBalancerAttributes=across)
    eventually(lambda: {get(f"http://{classic}/")[1] for _ in range(4)} == set(site.hosts.values()), what="instances of both zones")
    across["CrossZoneLoadBalancing"]["Enabled"] = False
    site.elb.modify_load_balancer_attributes(LoadBalancerName="classic", LoadBalancerAttributes=across)
    described = site.elb.describe_load_balancers(LoadBalancerNames=["classic"])["LoadBalancerDescriptions"][0]
    assert described["DNSName"] == classic and described["AvailabilityZones"] == site.zones
    assert [one["InstanceId"] for one in described["Instances"]] == site.ids
    site.cloud.aws("elb", "deregister-instances-from-load-balancer", "--load-balancer-name", "classic", "--instances", site.ids[0])
    eventually(lambda: {get(f"http://{classic}/")[1] for _ in range(4)} == {site.hosts[site.ids[1]]}, what="the one that stays")
    # A zone without an instance that is well is one that the name does not lead to.
    assert len(json.loads(site.control(site.ids[0], f"resolve?name={classic}"))) == 1


def test_what_is_not_whole_or_not_compliant_is_refused(site, front, classic):
    lenient = {"idle_timeout.timeout_seconds": "60", "routing.http.desync_mitigation_mode": "defensive"}
    strict = {"idle_timeout.timeout_seconds": "1", "routing.http.desync_mitigation_mode": "strictest"}
    told = lambda given: site.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=front.arn, Attributes=[{"Key": key, "Value": value} for key, value in given.items()]
    )
    desync = lambda mode: site.elb.modify_load_balancer_attributes(
        LoadBalancerName="classic",
        LoadBalancerAttributes={"AdditionalAttributes": [{"Key": "elb.http.desyncmitigationmode", "Value": mode}]},
    )
    acceptable = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    assert said(front.name, acceptable) == "HTTP/1.1 200 OK" and said(classic, acceptable) == "HTTP/1.1 200 OK"
    told(strict), desync("strictest")
    eventually(lambda: said(front.name, acceptable) == "HTTP/1.1 400 Bad Request", what="strictest mode")
    eventually(lambda: said(classic, acceptable) == "HTTP/1.1 400 BAD_REQUEST", what="the Classic balancer's strictest mode")
    assert said(front.name, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf") == "HTTP/1.1 408 Request Time-out"
    assert said(front.name, "GET /slow?seconds=3 HTTP/1.1\r\nHost: a\r\n\r\n") == "HTTP/1.1 504 Gateway Time-out"
    assert said(front.name, "GET / HTTP/2.0\r\nHost: a\r\n\r\n") == "HTTP/1.1 505 HTTP Version Not Supported"
    told(lenient), desync("defensive")
    eventually(lambda: said(front.name, acceptable) == "HTTP/1.1 200 OK", what="defensive mode")
    eventually(lambda: said(classic, acceptable) == "HTTP/1.1 200 OK", what="the Classic balancer's defensive mode")


def test_the_groups_of_a_balancer_hold(site, front):
    closed = site.group("closed")
    site.elbv2.set_security_groups(LoadBalancerArn=front.arn, SecurityGroups=[closed])

    def shut():
        try:
            get(front.url, timeout=1)
        except OSError:
            return True

    eventually(shut, what="nobody being let in")
    # Targets let in the balancer's first group only, which is not its any more.
    site.allow(closed, 80, CidrIp="0.0.0.0/0")
    eventually(lambda: not shut(), what="everybody being let in")
    site.elbv2.set_security_groups(LoadBalancerArn=front.arn, SecurityGroups=[site.front])
    site.until(front.group, "healthy", "healthy")
    site.ec2.delete_security_group(GroupId=closed)


def test_access_logs_lie_in_the_bucket(site, front):
    s3 = site.cloud.client("s3")
    s3.create_bucket(Bucket="balancer-logs")
    enabled = lambda on: site.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=front.arn,
        Attributes=[
            {"Key": "access_logs.s3.enabled", "Value": on},
            {"Key": "access_logs.s3.bucket", "Value": "balancer-logs"},
            {"Key": "access_logs.s3.prefix", "Value": "web"},
        ],
    )
    keys = lambda: [one["Key"] for one in s3.list_objects_v2(Bucket="balancer-logs").get("Contents", [])]
    enabled("true")
    eventually(lambda: any(key.endswith("/ELBAccessLogTestFile") for key in keys()), what="the test file")
    time.sleep(0.5)
    for _ in range(6):
        assert get(front.url + "logged?by=me")[0] == 200
    enabled("false")
    logs = eventually(lambda: [key for key in keys() if key.endswith(".log.gz")], what="a log")
    time.sleep(1.5)
    account = site.cloud.client("sts").get_caller_identity()["Account"]
    assert all(key.startswith(f"web/AWSLogs/{account}/elasticloadbalancing/us-east-1/") for key in logs)
    lines = [line for key in keys() if key.endswith(".log.gz") for line in gzip.decompress(s3.get_object(Bucket="balancer-logs", Key=key)["Body"].read()).decode().splitlines()]
    ours = [line.split() for line in lines if "logged?by=me" in line]
    assert len(ours) == 6, lines
    assert all(line[0] == "http" and line[2].startswith("app/front/") and line[8:10] == ["200", "200"] for line in ours)


def nodes(site):
    """The pids of this cloud's balancer nodes: their sandboxes' names are in their control groups."""
    names = os.listdir(site.cloud.folder / "compute/sandboxes")
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            groups = Path(f"/proc/{pid}/cgroup").read_text()
        except OSError:
            continue
        if b"lb-node" in words and any(name in groups for name in names):
            found.append(int(pid))
    return sorted(found)


def test_a_killed_node_comes_back_and_serving_needs_nobody(site, front):
    before = nodes(site)
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(nodes(site)) == len(before) and before[0] not in nodes(site), what="another node")
    with Stream(front.url, clients=2) as settled:
        eventually(lambda: settled.count > 40 and settled.failures or settled.count > 100, what="requests")
        settled.failures.clear()
        kept = nodes(site)
        for kind in ("start", "agent", "agent-worker"):
            for pid in processes(site.cloud, kind):
                os.kill(pid, signal.SIGKILL)
        time.sleep(1)
        site.cloud.start()
        assert eventually(lambda: site.states(front.group) == ["healthy", "healthy"], what="health after the restart")
    assert nodes(site) == kept, "nodes are adopted"
    assert settled.failures == []
    rule = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    site.elbv2.modify_listener(ListenerArn=front.listener, DefaultActions=[rule])
    eventually(lambda: get(front.url)[0] == 503, what="an adopted node being told")


def test_deleting_leaves_nothing(site, front, classic):
    site.elb.delete_load_balancer(LoadBalancerName="classic")
    site.elbv2.delete_load_balancer(LoadBalancerArn=front.arn)
    site.elbv2.delete_target_group(TargetGroupArn=front.group)
    with pytest.raises(ClientError, match="LoadBalancerNotFound"):
        site.elbv2.describe_load_balancers(LoadBalancerArns=[front.arn])
    interfaces = lambda: site.ec2.describe_network_interfaces(Filters=[{"Name": "description", "Values": ["ELB *"]}])["NetworkInterfaces"]
    eventually(lambda: interfaces() == [], what="the end of their interfaces")
    assert nodes(site) == []
    eventually(lambda: not any(name in Path("/etc/hosts").read_text() for name in (front.name, classic)), what="the end of their names")
    assert sorted(os.listdir(site.cloud.folder / "compute/sandboxes")) == sorted(site.ids)

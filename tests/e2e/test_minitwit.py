"""What `make up` shows: MiniTwit on two servers that share one database behind a load balancer, used by a browser."""

import json
import os
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from conftest import REPOSITORY, eventually

EXAMPLE = REPOSITORY / "examples/minitwit"
POST = "Hello from a &lt;real&gt; browser"


@pytest.fixture(scope="module")
def stack(cloud):
    program = EXAMPLE / "build/minitwit"
    if not program.exists():
        pytest.skip("SKIPPED LOUDLY: examples/minitwit/build/minitwit is not built; make build builds it")
    up = cloud.run("--json", "up", EXAMPLE, "--stack-name", "minitwit", check=False)
    if "Unrecognized resource types: [AWS::RDS::DBInstance]" in up.stderr:
        pytest.skip("SKIPPED LOUDLY: database engines are not built yet")
    assert up.returncode == 0, up.stderr
    outputs = json.loads(up.stdout)["Outputs"]
    eventually(lambda: page(outputs["Url"] + "/public") is not None, seconds=60, what="MiniTwit through its balancer")
    for server in ("ServerAUrl", "ServerBUrl"):
        eventually(lambda: page(outputs[server]) is not None, seconds=60, what=server)
    yield outputs
    cloud.run("down", "minitwit")


def page(url):
    """A page's text; nothing where it is not answered well."""
    try:
        return urllib.request.urlopen(url, timeout=5).read().decode()
    except (urllib.error.URLError, OSError):
        return None


def browse(url, folder):
    """A browser registers, logs in, posts, follows. Gives what the pages said."""
    chromium, node = shutil.which("chromium"), shutil.which("node")
    modules = Path(os.environ.get("TIERRA_CACHE", Path.home() / ".cache/tierra")) / "clients/node_modules"
    missing = [name for name, there in (("chromium", chromium), ("node", node), ("playwright-core", (modules / "playwright-core").exists())) if not there]
    if missing:
        pytest.skip(f"SKIPPED LOUDLY: no browser drives MiniTwit here, for want of {', '.join(missing)}; scripts/browser installs it")
    command = [node, Path(__file__).parent / "browser/minitwit.js", url, chromium, folder / "profile", folder / "shot.png"]
    done = subprocess.run(command, env={**os.environ, "NODE_PATH": str(modules)}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (folder / "shot.png").stat().st_size > 1000
    return json.loads(done.stdout)


def test_the_password_is_nowhere_but_in_its_secret(cloud, stack):
    secrets = cloud.client("secretsmanager")
    listed = [secret for secret in secrets.list_secrets()["SecretList"] if secret.get("Description") == "MiniTwit's database"]
    password = json.loads(secrets.get_secret_value(SecretId=listed[0]["ARN"])["SecretString"])["password"]
    # What is looked for comes by standard input, so that looking for it does not put it there.
    look = "cat > /dev/shm/sought; sudo grep -rlsF -f /dev/shm/sought /etc /usr/local /var/lib/cloud /var/log /home /root; sudo grep -lsF -f /dev/shm/sought /proc/[0-9]*/cmdline; rm /dev/shm/sought"
    for server in ("ServerA", "ServerB"):
        assert cloud.run("ssh", stack[server], "--", look, input=password).stdout == ""
    assert password not in cloud.client("cloudformation").get_template(StackName="minitwit")["TemplateBody"]


def test_two_people_in_a_browser(stack, tmp_path):
    told = browse(stack["Url"], tmp_path)
    signed_up = ["You were successfully registered and can login now", "Error: Invalid password", "You were logged in"]
    assert told["ann"] == signed_up and told["ben"] == signed_up
    assert told["posted"] == "Your message was recorded"
    assert told["followed"] == 'You are now following "ann"' and told["unfollowed"] == 'You are no longer following "ann"'
    assert len(told["timeline"]) == 1 and "Hello from a <real> browser" in told["timeline"][0]
    assert told["missing"] == 404
    for url in (stack["ServerAUrl"], stack["ServerBUrl"], stack["Url"] + "/public"):
        assert POST in page(url), f"both servers show what the balancer took: {url}"


def test_posts_outlive_their_database(cloud, stack):
    """Snapshot, delete, restore: the servers go on by themselves, for the name is the same."""
    rds = cloud.client("rds")
    before = page(stack["ServerAUrl"])
    database = rds.describe_db_instances()["DBInstances"]
    database = next(one for one in database if one["Endpoint"]["Address"] == stack["DatabaseEndpoint"])
    name, group = database["DBInstanceIdentifier"], database["DBSubnetGroup"]["DBSubnetGroupName"]
    rds.create_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier="minitwit-kept")
    state = lambda: rds.describe_db_snapshots(DBSnapshotIdentifier="minitwit-kept")["DBSnapshots"][0]["Status"]
    eventually(lambda: state() == "available", seconds=60, what="the snapshot")
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    eventually(lambda: name not in [one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]], seconds=60, what="its end")
    assert page(stack["ServerAUrl"]) is None, "without its database it has nothing to show"
    rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier=name, DBSnapshotIdentifier="minitwit-kept", DBSubnetGroupName=group, PubliclyAccessible=False,
        VpcSecurityGroupIds=[one["VpcSecurityGroupId"] for one in database["VpcSecurityGroups"]],
    )
    restored = lambda: rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    eventually(lambda: restored()["DBInstanceStatus"] == "available", seconds=90, what="the database of the snapshot")
    assert restored()["Endpoint"]["Address"] == stack["DatabaseEndpoint"]
    for server in ("ServerAUrl", "ServerBUrl"):
        eventually(lambda: page(stack[server]) == before.replace(*served(before, page(stack[server]))), seconds=60, what="the posts as they were")
    rds.delete_db_snapshot(DBSnapshotIdentifier="minitwit-kept")


def served(one, other):
    """The server's name at the foot of two pages: all that differs."""
    foot = lambda text: (text or "").rpartition("served by ")[2].partition("<")[0]
    return foot(one), foot(other)


def test_one_server_dies_and_nobody_notices_once_it_is_known(cloud, stack):
    elb, ec2 = cloud.client("elbv2"), cloud.client("ec2")
    group = next(one for one in elb.describe_target_groups()["TargetGroups"] if one["HealthCheckPath"] == "/public")
    health = lambda: {one["Target"]["Id"]: one["TargetHealth"]["State"] for one in elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]}
    eventually(lambda: set(health().values()) == {"healthy"}, seconds=60, what="two healthy servers")
    ec2.stop_instances(InstanceIds=[stack["ServerB"]], Force=True)
    eventually(lambda: health()[stack["ServerB"]] in ("unhealthy", "unused"), seconds=60, what="the balancer to know")
    failed, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            if page(stack["Url"] + "/public") is None:
                failed.append(time.monotonic())

    workers = [threading.Thread(target=ask) for _ in range(8)]
    [worker.start() for worker in workers]
    time.sleep(5)
    stop.set()
    [worker.join() for worker in workers]
    assert not failed, f"{len(failed)} requests failed"

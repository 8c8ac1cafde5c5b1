"""Databases' figures: how soon one answers, how long a snapshot takes, and what its network path costs."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from statistics import median

import sqlclient
from conftest import eventually, running
from turns import compared, turns

IMAGE = "resolve:ssm:/aws/service/debian/release/12/latest/amd64"
USER, PASSWORD = "chief", "bench-Password1"
ROUNDS = 3
LOADS = 15
ROWS = 100_000
SECONDS = 2
LOADERS = 2


def create(rds, engine, name, group):
    rds.create_db_instance(
        DBInstanceIdentifier=name, Engine=engine, DBInstanceClass="db.t3.medium", AllocatedStorage=20, MasterUsername=USER,
        MasterUserPassword=PASSWORD, DBName="app", VpcSecurityGroupIds=[group], PubliclyAccessible=True,
    )


def where(cloud, rds, engine, name):
    endpoint = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0].get("Endpoint")
    if endpoint is None:
        return None
    at = {"engine": engine, "host": endpoint["Address"], "port": endpoint["Port"], "database": "app"}
    return {**at, "user": USER, "password": PASSWORD, "ca": str(cloud.folder / "ca.pem")}


def answers(at):
    try:
        return at and sqlclient.ask(sqlclient.connect(**at), "SELECT 1") == [[1]]
    except Exception:
        return False


def seconds_until(condition, what):
    begun = time.perf_counter()
    eventually(condition, seconds=60, every=0.02, what=what)
    return time.perf_counter() - begun


def creation(report, cloud, rds, engine, group):
    """Gives the name of one that is left for what follows."""
    times = []
    for round in range(ROUNDS):
        name = f"bench-{engine}-{round}"
        begun = time.perf_counter()
        create(rds, engine, name, group)
        eventually(lambda: answers(where(cloud, rds, engine, name)), seconds=60, every=0.02, what=name)
        times.append(time.perf_counter() - begun)
        if round:
            rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    eventually(lambda: len(rds.describe_db_instances()["DBInstances"]) == 1, what="one database left")
    report.row(f"CreateDBInstance to SELECT 1, {engine}", f"{median(times):.2f} s", "-", "-", "<= 5 s", median(times) <= 5)
    return f"bench-{engine}-0"


def fill(at):
    """Rows enough for a snapshot to have something to copy."""
    connection = sqlclient.connect(**{**at, "timeout": 60})
    numbers = {
        "mysql": f"SELECT seq, REPEAT('x', 100) FROM seq_1_to_{ROWS}",
        "postgres": f"SELECT n, repeat('x', 100) FROM generate_series(1, {ROWS}) n",
    }
    sqlclient.ask(connection, "CREATE TABLE bench (id INT PRIMARY KEY, pad VARCHAR(100))")
    sqlclient.ask(connection, f"INSERT INTO bench {numbers[at['engine']]}")


def snapshots(report, cloud, rds, engine, name):
    times = []
    for round in range(ROUNDS):
        snapshot = f"{name}-{round}"
        rds.create_db_snapshot(DBSnapshotIdentifier=snapshot, DBInstanceIdentifier=name)
        taken = lambda: rds.describe_db_snapshots(DBSnapshotIdentifier=snapshot)["DBSnapshots"][0]["Status"] == "available"
        times.append(seconds_until(taken, snapshot))
    data = next(folder for folder in (cloud.folder / "compute/data").iterdir() if folder.name.startswith("dbsnap-"))
    begun = time.perf_counter()
    subprocess.run(["cp", "-r", "--reflink=never", data, cloud.folder / "copied"], check=True)
    copied = time.perf_counter() - begun
    subprocess.run(["rm", "-r", cloud.folder / "copied"], check=True)
    ours = median(times)
    report.row(f"snapshot of {engine}, {ROWS} rows", f"{ours:.2f} s", f"cp {copied:.2f} s", f"{copied / ours:.1f}x", "<= 0.5 s", ours <= 0.5)


DRIVERS = {"mysql": ("mysql", "app"), "postgres": ("pgsql", "app")}


def sysbench(engine, host, port, *command, namespace=None):
    """What sysbench says of its mixed load, as RDS's users measure it: transactions a second."""
    driver, database = DRIVERS[engine]
    at = {"host": host, "port": port, "user": USER, "password": PASSWORD, "db": database}
    options = [f"--{driver}-{name}={value}" for name, value in at.items()]
    enter = ["nsenter", f"--net=/proc/{namespace}/ns/net"] if namespace else []
    size = ["--tables=4", f"--table-size={ROWS // 10}", f"--threads={LOADERS * 2}", f"--time={SECONDS}"]
    done = subprocess.run([*enter, "sysbench", "oltp_read_write", f"--db-driver={driver}", *options, *size, *command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    told = re.search(r"transactions:.*\(([0-9.]+) per sec", done.stdout)
    return told and float(told[1])


def process_in(sandbox, program=b""):
    """Some process within an instance or a node, and not one that only looks after it."""
    host = os.readlink("/proc/self/ns/net")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            is_program = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].endswith(program)
            within = os.readlink(f"/proc/{pid}/ns/net") != host
            if within and is_program and sandbox in Path(f"/proc/{pid}/cgroup").read_text():
                return int(pid)
        except OSError:
            pass
    raise LookupError(f"{program} in {sandbox}")


def paths(report, cloud, rds, engine, name, program, instance):
    """The endpoint from an instance of its VPC, against the same engine's own address from within its network namespace: no path at
    all. Transactions wait for the disk, whose moods change by the second: short rounds, and many of them."""
    if not shutil.which("sysbench"):
        print("SKIPPED LOUDLY: databases are measured by their endpoints with sysbench (Debian's), which is missing")
        return
    at = where(cloud, rds, engine, name)
    interfaces = cloud.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    own = next(i["PrivateIpAddress"] for i in interfaces if i["Description"] == "RDSNetworkInterface")
    sysbench(engine, at["host"], at["port"], "prepare")
    node = next(n for n in os.listdir(cloud.folder / "compute/sandboxes") if n.startswith("node-"))
    alone = process_in(node, program)
    beside = lambda: sysbench(engine, own, at["port"], "run", namespace=alone)
    inside = process_in(instance)
    from_instance = lambda: sysbench(engine, own, at["port"], "run", namespace=inside)
    from_instance(), beside()
    ours, base, ratio = compared(turns(from_instance, beside, LOADS))
    report.row(f"sysbench of {engine} from an instance / beside it", f"{ours:.0f}/s", f"{base:.0f}/s", f"{ratio:.2f}", ">= 0.9", ratio >= 0.9)


def databases(report, cloud):
    ec2, rds = cloud.client("ec2"), cloud.client("rds")
    group = ec2.create_security_group(GroupName="bench-data", Description="bench")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=1024, ToPort=65535, CidrIp="0.0.0.0/0")
    instance = ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    running(ec2, instance)
    for engine, program in (("mysql", b"/mariadbd"), ("postgres", b"/postgres")):
        name = creation(report, cloud, rds, engine, group)
        fill(where(cloud, rds, engine, name))
        snapshots(report, cloud, rds, engine, name)
        paths(report, cloud, rds, engine, name, program, instance)
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        eventually(lambda: not rds.describe_db_instances()["DBInstances"], what="no database left")
    ec2.terminate_instances(InstanceIds=[instance])

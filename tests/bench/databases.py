"""Databases' figures: how soon one answers, how long a snapshot takes, and what its network path costs."""

import json
import os
import subprocess
import sys
import time
from multiprocessing import Pool
from pathlib import Path
from statistics import median

import sqlclient
from conftest import eventually

USER, PASSWORD = "chief", "bench-Password1"
ROUNDS = 3
ROWS = 100_000
SECONDS = 3
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


def load(at):
    """Point queries of one connection, a second."""
    connection = sqlclient.connect(**at)
    asked, begun = 0, time.perf_counter()
    while (passed := time.perf_counter() - begun) < SECONDS:
        assert sqlclient.ask(connection, "SELECT pad FROM bench WHERE id = %s", asked * 7919 % ROWS + 1)
        asked += 1
    return asked / passed


def inside(pid, at):
    """The same, from within the engine's own network namespace: no path at all."""
    command = ["nsenter", f"--net=/proc/{pid}/ns/net", sys.executable, __file__]
    done = subprocess.run(command, input=json.dumps(at), capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    return float(done.stdout)


def engine_pid(cloud, program):
    nodes = [name for name in os.listdir(cloud.folder / "compute/sandboxes") if name.startswith("node-")]
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            is_engine = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode().endswith(program)
            if is_engine and any(node in Path(f"/proc/{pid}/cgroup").read_text() for node in nodes):
                return int(pid)
        except OSError:
            pass
    raise LookupError(program)


def paths(report, cloud, rds, engine, name, program):
    at = where(cloud, rds, engine, name)
    own = next(i["PrivateIpAddress"] for i in cloud.client("ec2").describe_network_interfaces()["NetworkInterfaces"] if i["Description"] == "RDSNetworkInterface")
    direct = {**at, "host": own, "check": False}
    pid = engine_pid(cloud, program)
    rounds = []
    for _ in range(ROUNDS):
        with Pool(LOADERS) as pool:
            by_name = sum(pool.map(load, [at] * LOADERS))
        with Pool(LOADERS) as pool:
            rounds.append((by_name, sum(pool.starmap(inside, [(pid, direct)] * LOADERS))))
    ours, base = median(one[0] for one in rounds), median(one[1] for one in rounds)
    report.row(f"point queries of {engine} by its name / beside it", f"{ours:.0f}/s", f"{base:.0f}/s", f"{ours / base:.2f}", ">= 0.9", ours >= 0.9 * base)


def databases(report, cloud):
    ec2, rds = cloud.client("ec2"), cloud.client("rds")
    group = ec2.create_security_group(GroupName="bench-data", Description="bench")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=1024, ToPort=65535, CidrIp="0.0.0.0/0")
    for engine, program in (("mysql", "/mariadbd"), ("postgres", "/postgres")):
        name = creation(report, cloud, rds, engine, group)
        fill(where(cloud, rds, engine, name))
        snapshots(report, cloud, rds, engine, name)
        paths(report, cloud, rds, engine, name, program)
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        eventually(lambda: not rds.describe_db_instances()["DBInstances"], what="no database left")


if __name__ == "__main__":
    print(load(json.load(sys.stdin)))

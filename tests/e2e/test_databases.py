"""Databases as applications and their owners meet them: the real engines, behind their groups and names."""

import io
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
import sqlclient
from botocore.exceptions import ClientError
from conftest import eventually, running
from test_crash import kill

ENGINES = {"mysql": ("8.0", 3306, "mariadbd"), "postgres": ("15", 5432, "postgres")}
USER, PASSWORD = "chief", "first-Password1"
# What an application brings along: the engines' clients, all Python.
PACKAGES = ("PyMySQL", "pg8000", "scramp", "asn1crypto", "python-dateutil", "six")


def shipment():
    """The clients as one file that Python imports from."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(sqlclient.__file__, "sqlclient.py")
        for file in (file for package in PACKAGES for file in distribution(package).files):
            if file.suffix != ".pyc" and ".." not in file.parts:
                archive.write(file.locate(), str(file))
    return packed.getvalue()


def described(rds, name):
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def available(rds, name, wanted="available"):
    def looked():
        instance = described(rds, name)
        assert instance["DBInstanceStatus"] != "failed", instance
        return instance["DBInstanceStatus"] == wanted and instance

    return eventually(looked, seconds=60, what=f"{name} {wanted}")


def gone(rds, name):
    def looked():
        try:
            described(rds, name)
        except ClientError as error:
            return error.response["Error"]["Code"] == "DBInstanceNotFound"

    eventually(looked, seconds=60, what=f"{name} gone")


class Database:
    """One database under test."""

    def __init__(self, cloud, engine):
        self.cloud, self.engine, self.name, self.password = cloud, engine, f"e2e-{engine}", PASSWORD

    def rds(self):
        return self.cloud.client("rds")

    def where(self, **changes):
        endpoint = described(self.rds(), self.name)["Endpoint"]
        at = {"engine": self.engine, "host": endpoint["Address"], "port": endpoint["Port"]}
        return {**at, "user": USER, "password": self.password, "database": "app", **changes}

    def connect(self, **changes):
        """From the host, which trusts the cloud's authority for this."""
        return sqlclient.connect(**self.where(ca=str(self.cloud.folder / "ca.pem"), **changes))

    def ask(self, statement):
        return sqlclient.ask(self.connect(), statement)


@pytest.fixture(scope="module")
def field(cloud, key, image, web_group):
    """Groups, two instances, of which one is an application's, and a database of each engine."""
    ec2, rds = cloud.client("ec2"), cloud.client("rds")
    app, data = (ec2.create_security_group(GroupName=f"e2e-{name}", Description=name)["GroupId"] for name in ("app", "data"))
    for _, port, _ in ENGINES.values():
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [{"GroupId": app}]}
        ec2.authorize_security_group_ingress(GroupId=data, IpPermissions=[permission])
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    rds.create_db_subnet_group(DBSubnetGroupName="e2e", DBSubnetGroupDescription="e2e", SubnetIds=subnets)
    rds.create_db_parameter_group(DBParameterGroupName="e2e", DBParameterGroupFamily="mysql8.0", Description="e2e")
    shared = {"ImageId": image, "InstanceType": "t3.nano", "MinCount": 1, "MaxCount": 1, "KeyName": key.name}
    launch = lambda *groups: ec2.run_instances(**shared, SecurityGroupIds=[web_group, *groups])["Instances"][0]["InstanceId"]
    machines = [launch(app), launch()]
    for engine, (version, _, _) in ENGINES.items():
        secret = {"ManageMasterUserPassword": True} if engine == "postgres" else {"MasterUserPassword": PASSWORD}
        group = {"DBParameterGroupName": "e2e"} if engine == "mysql" else {}
        rds.create_db_instance(
            DBInstanceIdentifier=f"e2e-{engine}", Engine=engine, EngineVersion=version, DBInstanceClass="db.t3.micro", AllocatedStorage=20,
            MasterUsername=USER, DBName="app", DBSubnetGroupName="e2e", VpcSecurityGroupIds=[data], PubliclyAccessible=False, **secret, **group,
        )
    databases = {engine: Database(cloud, engine) for engine in ENGINES}
    insiders = [running(ec2, machine)["PublicIpAddress"] for machine in machines]
    packed = shipment()
    for address in insiders:
        key.shell(address, "true")
        send = ["ssh", "-i", key.file, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
        subprocess.run([*send, f"admin@{address}", "cat > clients.zip"], input=packed, check=True, timeout=30)
    for database in databases.values():
        available(rds, database.name)
    secret = described(rds, "e2e-postgres")["MasterUserSecret"]["SecretArn"]
    databases["postgres"].password = json.loads(cloud.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])["password"]
    yield {"insiders": insiders, "group": data, **databases}
    for database in databases.values():
        rds.delete_db_instance(DBInstanceIdentifier=database.name, SkipFinalSnapshot=True)
    ec2.terminate_instances(InstanceIds=machines)
    for database in databases.values():
        gone(rds, database.name)
    for snapshot in rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]:
        rds.delete_db_snapshot(DBSnapshotIdentifier=snapshot["DBSnapshotIdentifier"])
    rds.delete_db_subnet_group(DBSubnetGroupName="e2e")
    rds.delete_db_parameter_group(DBParameterGroupName="e2e")


def from_inside(key, address, database, *statements):
    told = json.dumps({"where": database.where(timeout=3), "statements": statements})
    return key.ssh(address, f"PYTHONPATH=clients.zip python3 -m sqlclient <<'END'\n{told}\nEND")


@pytest.mark.parametrize("engine", ENGINES)
def test_its_group_decides_who_reaches_it(cloud, key, field, engine):
    database, (app, other) = field[engine], field["insiders"]
    made = from_inside(key, app, database, "CREATE TABLE kept (n INT PRIMARY KEY)", "INSERT INTO kept VALUES (1)", "SELECT n FROM kept")
    assert made.returncode == 0 and json.loads(made.stdout)[-1] == [[1]], made.stderr
    refused = from_inside(key, other, database, "SELECT 1")
    assert refused.returncode != 0 and re.search("timed out|timeout", refused.stderr), refused
    with pytest.raises(OSError):
        socket.create_connection((database.where()["host"], database.where()["port"]), timeout=2).close()
    address = key.shell(app, f"getent ahostsv4 {database.where()['host']}").split()[0]
    named = {"Name": "private-ip-address", "Values": [address]}
    interface = cloud.client("ec2").describe_network_interfaces(Filters=[named])["NetworkInterfaces"][0]
    assert (interface["Description"], interface["RequesterManaged"]) == ("RDSNetworkInterface", True)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_public_one_answers_the_host_over_tls_by_its_name(cloud, field, engine):
    database, ec2 = field[engine], cloud.client("ec2")
    port = database.where()["port"]
    ec2.authorize_security_group_ingress(GroupId=field["group"], IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp="0.0.0.0/0")
    database.rds().modify_db_instance(DBInstanceIdentifier=database.name, PubliclyAccessible=True, ApplyImmediately=True)
    available(database.rds(), database.name)
    eventually(lambda: reachable(database.where()["host"], database), seconds=15, what=f"{database.name} reachable from the host")
    assert database.ask("SELECT n FROM kept") == [[1]]
    with pytest.raises(Exception, match="certificate verify failed|CERTIFICATE_VERIFY_FAILED"):
        sqlclient.connect(**database.where())


def reachable(host, database):
    try:
        socket.create_connection((host, ENGINES[database.engine][1]), timeout=2).close()
        return True
    except OSError:
        return False


def test_the_password_and_the_parameters_change(field):
    database = field["mysql"]
    rds = database.rds()
    rds.modify_db_instance(DBInstanceIdentifier=database.name, MasterUserPassword="second-Password2", ApplyImmediately=True)
    available(rds, database.name)
    with pytest.raises(Exception, match="Access denied"):
        database.connect()
    database.password = "second-Password2"
    assert database.ask("SELECT 1") == [[1]]

    set_to = lambda name, value, method: {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
    parameters = [set_to("max_connections", "44", "immediate"), set_to("performance_schema", "1", "pending-reboot")]
    rds.modify_db_parameter_group(DBParameterGroupName="e2e", Parameters=parameters)
    standing = lambda: described(rds, database.name)["DBParameterGroups"][0]["ParameterApplyStatus"]
    assert standing() == "pending-reboot"
    both = "SELECT @@global.max_connections, @@global.performance_schema"
    eventually(lambda: database.ask(both) == [[44, 0]], seconds=10, what="the dynamic parameter in force")
    rds.reboot_db_instance(DBInstanceIdentifier=database.name)
    available(rds, database.name)
    assert (database.ask(both), standing()) == ([[44, 1]], "in-sync")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_snapshot_brings_the_rows_back_under_the_same_name(field, engine):
    database = field[engine]
    rds, host = database.rds(), database.where()["host"]
    group = described(rds, database.name)["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
    database.ask("INSERT INTO kept VALUES (2)")
    rds.create_db_snapshot(DBSnapshotIdentifier=f"one-{engine}", DBInstanceIdentifier=database.name)
    taken = lambda: rds.describe_db_snapshots(DBSnapshotIdentifier=f"one-{engine}")["DBSnapshots"][0]["Status"] == "available"
    eventually(taken, what="the snapshot")
    database.ask("INSERT INTO kept VALUES (3)")
    available(rds, database.name)
    rds.delete_db_instance(DBInstanceIdentifier=database.name, FinalDBSnapshotIdentifier=f"last-{engine}")
    gone(rds, database.name)
    then = f"{database.name}-then"
    for snapshot, name in ((f"last-{engine}", database.name), (f"one-{engine}", then)):
        rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=name, DBSnapshotIdentifier=snapshot, DBSubnetGroupName="e2e", VpcSecurityGroupIds=[group], PubliclyAccessible=True,
        )
    at = available(rds, then)["Endpoint"]["Address"]
    assert available(rds, database.name)["Endpoint"]["Address"] == host
    rows = lambda **where: [n for [n] in sqlclient.ask(database.connect(**where), "SELECT n FROM kept ORDER BY n")]
    eventually(lambda: reachable(host, database) and reachable(at, database), seconds=15, what="both reachable")
    assert (rows(), rows(host=at)) == ([1, 2, 3], [1, 2])
    rds.delete_db_instance(DBInstanceIdentifier=then, SkipFinalSnapshot=True)
    gone(rds, then)


def test_it_stops_and_starts_with_its_rows(field):
    database = field["postgres"]
    rds = database.rds()
    rds.stop_db_instance(DBInstanceIdentifier=database.name)
    available(rds, database.name, "stopped")
    assert not reachable(database.where()["host"], database)
    rds.start_db_instance(DBInstanceIdentifier=database.name)
    available(rds, database.name)
    assert database.ask("SELECT count(*) FROM kept") == [[3]]


def engine_process(cloud, engine):
    """The pid of a database's engine: it lies in a group of the cloud's sandboxes, and no process of it is above."""
    program = ENGINES[engine][2]
    nodes = [name for name in os.listdir(cloud.folder / "compute/sandboxes") if name.startswith("node-")]
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            groups = Path(f"/proc/{pid}/cgroup").read_text()
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        if words[0].decode().endswith(f"/{program}") and any(node in groups for node in nodes):
            found[int(pid)] = int(re.search(r"^PPid:\s+(\d+)", status, re.MULTILINE)[1])
    return next(pid for pid, parent in found.items() if parent not in found)


class Writer(threading.Thread):
    """Writes rows one after the other, connecting again when it has to, and counts those that were acknowledged."""

    def __init__(self, database):
        super().__init__(daemon=True)
        self.database, self.where = database, database.where(ca=str(database.cloud.folder / "ca.pem"), timeout=3)
        self.acknowledged, self.next, self.ended, self.breaks = set(), 0, threading.Event(), 0

    def run(self):
        connection = None
        while not self.ended.is_set():
            try:
                connection = connection or sqlclient.connect(**self.where)
                self.next += 1
                sqlclient.ask(connection, "INSERT INTO written VALUES (%s)", self.next)
                self.acknowledged.add(self.next)
            except Exception:
                connection, self.breaks = None, self.breaks + 1
                time.sleep(0.05)

    def more(self, what):
        before = len(self.acknowledged)
        eventually(lambda: len(self.acknowledged) > before + 20, seconds=30, what=f"rows written after {what}")


@pytest.mark.parametrize("engine", ENGINES)
def test_killed_it_comes_back_by_itself_and_has_lost_nothing(cloud, field, engine):
    database = field[engine]
    database.ask("CREATE TABLE written (n INT PRIMARY KEY)")
    writer = Writer(database)
    writer.start()
    writer.more("its start")
    os.kill(engine_process(cloud, engine), signal.SIGKILL)
    writer.more("the engine's death")
    breaks = writer.breaks
    assert breaks > 0
    kill(cloud, "both")
    writer.more("the deaths of agent and control plane")
    assert writer.breaks == breaks, "a database does not notice that its keepers die"
    writer.ended.set()
    writer.join()
    kept = {n for [n] in database.ask("SELECT n FROM written")}
    assert writer.acknowledged <= kept, sorted(writer.acknowledged - kept)
    available(database.rds(), database.name)


@pytest.mark.parametrize("engine", ENGINES)
def test_its_logs_can_be_read(cloud, field, engine):
    database = field[engine]
    files = database.rds().describe_db_log_files(DBInstanceIdentifier=database.name)["DescribeDBLogFiles"]
    error = next(file for file in files if file["LogFileName"].startswith("error/") and file["Size"])
    # AWS CLI 1 overlooks AWS_ENDPOINT_URL for RDS in us-east-1, where it has a name of its own for it.
    read = cloud.aws(
        "--endpoint-url", cloud.environment["AWS_ENDPOINT_URL"], "rds", "download-db-log-file-portion", "--output", "text",
        "--db-instance-identifier", database.name, "--log-file-name", error["LogFileName"], "--starting-token", "0",
    ).stdout
    assert "ready" in read and not any(secret in read for secret in (PASSWORD, database.password)), read[-2000:]
    with pytest.raises(ClientError) as missing:
        database.rds().download_db_log_file_portion(DBInstanceIdentifier=database.name, LogFileName="error/nothing")
    assert missing.value.response["Error"]["Code"] == "DBLogFileNotFoundFault"
    told = [event["Message"] for event in database.rds().describe_events(SourceType="db-instance", Duration=60)["Events"]]
    assert "DB instance created" in told and "Recovery of the DB instance is complete." in told


TEMPLATE = """
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    DeletionPolicy: Snapshot
    Properties: { Engine: mariadb, DBInstanceClass: db.t3.micro, AllocatedStorage: "20", MasterUsername: chief, ManageMasterUserPassword: true }
Outputs:
  Address: { Value: !GetAtt Database.Endpoint.Address }
  Name: { Value: !Ref Database }
"""


def test_a_stack_makes_one_and_leaves_its_snapshot(cloud):
    cfn, rds = cloud.client("cloudformation"), cloud.client("rds")
    cfn.create_stack(StackName="database", TemplateBody=TEMPLATE)
    cfn.get_waiter("stack_create_complete").wait(StackName="database", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    outputs = {one["OutputKey"]: one["OutputValue"] for one in cfn.describe_stacks(StackName="database")["Stacks"][0]["Outputs"]}
    made = described(rds, outputs["Name"])
    assert (made["DBInstanceStatus"], made["Endpoint"]["Address"], made["Engine"]) == ("available", outputs["Address"], "mariadb")
    cfn.delete_stack(StackName="database")
    cfn.get_waiter("stack_delete_complete").wait(StackName="database", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    gone(rds, outputs["Name"])
    left = [one for one in rds.describe_db_snapshots()["DBSnapshots"] if one["DBInstanceIdentifier"] == outputs["Name"]]
    assert [one["Status"] for one in left] == ["available"]
    rds.delete_db_snapshot(DBSnapshotIdentifier=left[0]["DBSnapshotIdentifier"])

"""S3 with the clients that people use: awscli, boto3, curl's plain HTTP, Terraform."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from conftest import Cloud, eventually

MIB = 1 << 20


def code(error):
    return error.value.response["Error"]["Code"]


def message(error):
    return error.value.response["Error"]["Message"]


@pytest.fixture(scope="module")
def store():
    """A cloud that only keeps objects: it needs no machine below it."""
    cloud = Cloud(tempfile.mkdtemp(prefix="tierra-e2e-s3-"))
    cloud.start("--drivers", "sim")
    yield cloud
    cloud.stop()
    shutil.rmtree(cloud.folder, ignore_errors=True)


@pytest.fixture
def s3(store):
    return store.client("s3")


@pytest.fixture
def bucket(s3):
    name = f"e2e-{os.urandom(6).hex()}"
    s3.create_bucket(Bucket=name)
    yield name
    paginator = s3.get_paginator("list_object_versions")
    for page in paginator.paginate(Bucket=name):
        for version in page.get("Versions", []) + page.get("DeleteMarkers", []):
            s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=name)


def keys(s3, bucket, **options):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, **options)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def test_awscli_copies_syncs_lists_and_removes(store, tmp_path):
    store.aws("s3", "mb", "s3://cli-bucket")
    assert "cli-bucket" in store.aws("s3", "ls").stdout
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "a.txt").write_text("a")
    (tree / "sub" / "b c+ü.txt").write_text("b")
    (tree / "big").write_bytes(os.urandom(20 * MIB))
    store.aws("s3", "sync", str(tree), "s3://cli-bucket/tree")
    listing = store.aws("s3", "ls", "s3://cli-bucket/tree/", "--recursive").stdout
    assert "tree/sub/b c+ü.txt" in listing and "tree/big" in listing
    assert "PRE sub/" in store.aws("s3", "ls", "s3://cli-bucket/tree/").stdout
    assert store.aws("s3", "sync", str(tree), "s3://cli-bucket/tree").stdout == ""
    store.aws("s3", "cp", "s3://cli-bucket/tree/big", "s3://cli-bucket/copy")
    back = tmp_path / "back"
    store.aws("s3", "sync", "s3://cli-bucket/tree", str(back))
    store.aws("s3", "cp", "s3://cli-bucket/copy", str(back / "copy"))
    for name in ("a.txt", "sub/b c+ü.txt", "big"):
        assert (back / name).read_bytes() == (tree / name).read_bytes()
    assert (back / "copy").read_bytes() == (tree / "big").read_bytes()
    url = store.aws("s3", "presign", "s3://cli-bucket/tree/a.txt").stdout.strip()
    assert urllib.request.urlopen(url).read() == b"a"
    assert "BucketNotEmpty" in store.aws("s3", "rb", "s3://cli-bucket", check=False).stderr
    store.aws("s3", "rm", "s3://cli-bucket/tree", "--recursive")
    store.aws("s3", "rb", "s3://cli-bucket", "--force")
    assert "cli-bucket" not in store.aws("s3", "ls").stdout


def test_objects_keep_what_was_said_of_them(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ContentType="text/plain", CacheControl="no-store", Metadata={"who": "me"}, Tagging="a=1&b=2")
    assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["CacheControl"], got["Metadata"], got["TagCount"]) == ("text/plain", "no-store", {"who": "me"}, 2)
    assert got["ChecksumCRC32"] == put["ChecksumCRC32"]
    for asked, want in [("bytes=1-3", b"ell"), ("bytes=-2", b"lo"), ("bytes=3-", b"lo")]:
        part = s3.get_object(Bucket=bucket, Key="k", Range=asked)
        assert (part["Body"].read(), part["ResponseMetadata"]["HTTPStatusCode"]) == (want, 206)
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=9-")
    assert code(error) == "InvalidRange"
    s3.copy_object(Bucket=bucket, Key="dir/kopie ü", CopySource={"Bucket": bucket, "Key": "k"})
    head = s3.head_object(Bucket=bucket, Key="dir/kopie ü")
    assert (head["ContentLength"], head["Metadata"]) == (5, {"who": "me"})
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "c", "Value": "3"}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "c", "Value": "3"}]
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ETag", "ObjectSize", "Checksum"])
    assert attributes["ObjectSize"] == 5 and attributes["Checksum"]["ChecksumCRC32"]
    for algorithm in ("CRC32C", "CRC64NVME", "SHA1", "SHA256"):
        try:
            s3.put_object(Bucket=bucket, Key=algorithm, Body=b"hello", ChecksumAlgorithm=algorithm)
        except BotoCoreError:
            continue  # a client without this algorithm
        assert s3.head_object(Bucket=bucket, Key=algorithm, ChecksumMode="ENABLED")[f"Checksum{algorithm}"]
    with pytest.raises(ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    assert code(error) == "BadDigest"
    gone = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k"}, {"Key": "never"}]})
    assert {one["Key"] for one in gone["Deleted"]} == {"k", "never"}
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k")
    assert code(error) == "NoSuchKey" and message(error) == "The specified key does not exist."


def test_conditions(s3, bucket):
    tag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    for conditions in ({"IfNoneMatch": "*"}, {"IfMatch": '"other"'}):
        with pytest.raises(ClientError) as error:
            s3.put_object(Bucket=bucket, Key="k", Body=b"2", **conditions)
        assert code(error) == "PreconditionFailed"
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=tag)
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k", IfMatch=tag)
    assert code(error) == "PreconditionFailed"
    newer = s3.head_object(Bucket=bucket, Key="k")["ETag"]
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k", IfNoneMatch=newer)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 304


def test_listings(s3, bucket):
    names = sorted(["a", "b/1", "b/2", "b/c/3", "d/", "e&<>", "é"] + [f"many/{n:04}" for n in range(30)])
    for name in names:
        s3.put_object(Bucket=bucket, Key=name, Body=b"")
    names.sort(key=str.encode)
    assert keys(s3, bucket, PaginationConfig={"PageSize": 7}) == names
    top = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [item["Key"] for item in top["Contents"]] == ["a", "e&<>", "é"]
    assert [item["Prefix"] for item in top["CommonPrefixes"]] == ["b/", "d/", "many/"]
    pages = list(s3.get_paginator("list_objects").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2}))
    assert [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])] == ["b/", "d/", "many/"]
    assert keys(s3, bucket, Prefix="b/") == ["b/1", "b/2", "b/c/3"]
    assert keys(s3, bucket, StartAfter="many/0027") == ["many/0028", "many/0029", "é"]


def test_versions(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    one = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    two = s3.put_object(Bucket=bucket, Key="k", Body=b"two")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] is True
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k")
    assert code(error) == "NoSuchKey"
    for version, body in ((one, b"one"), (two, b"two"), ("null", b"before")):
        assert s3.get_object(Bucket=bucket, Key="k", VersionId=version)["Body"].read() == body
    listed = s3.list_object_versions(Bucket=bucket)
    assert [v["VersionId"] for v in listed["Versions"]] == [two, one, "null"]
    assert [m["IsLatest"] for m in listed["DeleteMarkers"]] == [True]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    assert [v["VersionId"] for page in pages for v in page.get("Versions", [])] == [two, one, "null"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"two"
    s3.delete_object(Bucket=bucket, Key="k", VersionId=two)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"one"
    with pytest.raises(ClientError) as error:
        s3.delete_bucket(Bucket=bucket)
    assert code(error) == "BucketNotEmpty"


def test_a_hundred_megabytes_in_parts(store, s3, bucket, tmp_path):
    file = tmp_path / "large"
    with file.open("wb") as out:
        for _ in range(100):
            out.write(os.urandom(MIB))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    config = boto3.s3.transfer.TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    s3.upload_file(str(file), bucket, "large", Config=config)
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"].endswith('-13"')
    s3.download_file(bucket, "large", str(tmp_path / "back"), Config=config)
    assert hashlib.sha256((tmp_path / "back").read_bytes()).hexdigest() == digest
    s3.copy({"Bucket": bucket, "Key": "large"}, bucket, "copied", Config=config)
    body = s3.get_object(Bucket=bucket, Key="copied")["Body"]
    assert hashlib.sha256(body.read()).hexdigest() == digest
    part = s3.get_object(Bucket=bucket, Key="large", Range=f"bytes={8 * MIB - 3}-{8 * MIB + 2}")["Body"].read()
    with file.open("rb") as whole:
        whole.seek(8 * MIB - 3)
        assert part == whole.read(6)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="never")["UploadId"]
    for number in (1, 2):
        s3.upload_part(Bucket=bucket, Key="never", UploadId=upload, PartNumber=number, Body=b"x" * 10)
    assert [p["PartNumber"] for p in s3.list_parts(Bucket=bucket, Key="never", UploadId=upload)["Parts"]] == [1, 2]
    assert [u["UploadId"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]
    parts = s3.list_parts(Bucket=bucket, Key="never", UploadId=upload)["Parts"]
    with pytest.raises(ClientError) as error:
        s3.complete_multipart_upload(
            Bucket=bucket, Key="never", UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": p["PartNumber"], "ETag": p["ETag"]} for p in parts]},
        )
    assert code(error) == "EntityTooSmall"
    s3.abort_multipart_upload(Bucket=bucket, Key="never", UploadId=upload)
    s3.delete_object(Bucket=bucket, Key="large")
    s3.delete_object(Bucket=bucket, Key="copied")
    files = lambda: [f for f in (store.folder / "objects").rglob("*") if f.is_file()]
    eventually(lambda: not files(), seconds=15, what="the files of deleted objects gone")


def test_memory_stays_what_it_is_whatever_the_size(store, s3, bucket):
    """Half a gigabyte goes in and out again in one request each; the control plane holds a few pieces of it at a time."""
    process = Path(f"/proc/{json.loads(store.run('--json', 'status').stdout)['pid']}")
    (process / "clear_refs").write_text("5")  # the peak is counted from here
    peak = lambda: int(re.search(r"VmHWM:\s+(\d+)", (process / "status").read_text())[1]) << 10
    before = peak()
    with tempfile.TemporaryFile() as half:
        half.truncate(512 * MIB)
        s3.put_object(Bucket=bucket, Key="half", Body=half)
    body, received = s3.get_object(Bucket=bucket, Key="half")["Body"], 0
    while piece := body.read(MIB):
        received += len(piece)
    assert received == 512 * MIB
    assert peak() - before < 32 * MIB, f"{(peak() - before) / MIB:.0f} MiB more than before"
    s3.delete_object(Bucket=bucket, Key="half")


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tierra-small", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_tears_nothing(small_disk):
    cloud = Cloud(small_disk / "cloud")
    cloud.start("--drivers", "sim")
    try:
        fill_and_go_on(cloud, small_disk)
    finally:
        cloud.stop()


def fill_and_go_on(cloud, small_disk):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="full")
    kept, refusals = {}, []
    for size in (3 * MIB, 300_000, 1000):
        for n in range(400):
            body = os.urandom(size)
            try:
                s3.put_object(Bucket="full", Key=f"{size}/{n}", Body=body)
                kept[f"{size}/{n}"] = hashlib.sha256(body).hexdigest()
            except ClientError as error:
                refusals.append(error.response["Error"])
                break
    assert refusals and all(refusal["Code"] in ("InternalError", "ServiceUnavailable") for refusal in refusals), refusals
    assert kept and sorted(keys(s3, "full")) == sorted(kept), "what was refused is not there"
    same = lambda: all(hashlib.sha256(s3.get_object(Bucket="full", Key=key)["Body"].read()).hexdigest() == kept[key] for key in kept)
    assert same()
    # Something else's room is given back: the cloud goes on, after a restart too.
    subprocess.run(["mount", "-o", "remount,size=96m", small_disk], check=True)
    s3.put_object(Bucket="full", Key="more", Body=b"x" * MIB)
    cloud.stop()
    cloud.start("--drivers", "sim")
    assert same() and s3.get_object(Bucket="full", Key="more")["Body"].read() == b"x" * MIB


def as_user(store, name, statements):
    iam = store.client("iam")
    iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    environment = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return store.client("s3", environment=environment), iam.get_user(UserName=name)["User"]["Arn"]


def policy(effect, principal, action, resource):
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_policies_decide(store, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"mine")
    user, arn = as_user(store, f"u{bucket[-6:]}", [])
    with pytest.raises(ClientError) as error:
        user.get_object(Bucket=bucket, Key="k")
    assert code(error) == "AccessDenied"
    assert message(error) == (
        f'User: {arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::{bucket}/k" '
        "because no identity-based policy allows the s3:GetObject action"
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=policy("Allow", {"AWS": arn}, "s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    assert user.get_object(Bucket=bucket, Key="k")["Body"].read() == b"mine"
    with pytest.raises(ClientError) as error:
        user.put_object(Bucket=bucket, Key="k", Body=b"theirs")
    assert code(error) == "AccessDenied"
    s3.put_bucket_policy(Bucket=bucket, Policy=policy("Deny", "*", "s3:GetObject", f"arn:aws:s3:::{bucket}/k"))
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="k")
    assert "with an explicit deny in a resource-based policy" in message(error)
    s3.delete_bucket_policy(Bucket=bucket)


def test_the_public_sees_what_a_policy_opens(store, s3, bucket):
    s3.put_object(Bucket=bucket, Key="page.html", Body=b"<h1>hi</h1>", ContentType="text/html")
    plain = f"http://127.0.0.1:{store.port}/{bucket}/page.html"
    with pytest.raises(urllib.error.HTTPError) as denied:
        urllib.request.urlopen(plain)
    assert denied.value.code == 403 and b"<Code>AccessDenied</Code>" in denied.value.read()
    public = policy("Allow", "*", "s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    with pytest.raises(ClientError) as error:
        s3.put_bucket_policy(Bucket=bucket, Policy=public)
    assert "BlockPublicPolicy" in message(error)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True
    for host in (f"{bucket}.localhost:{store.port}", f"{bucket}.s3.amazonaws.com", f"{bucket}.s3.us-east-1.amazonaws.com"):
        request = urllib.request.Request(f"http://127.0.0.1:{store.port}/page.html", headers={"Host": host})
        answer = urllib.request.urlopen(request)
        assert (answer.read(), answer.headers["Content-Type"]) == (b"<h1>hi</h1>", "text/html")


def test_what_botocore_presigns_by_default_in_us_east_1(store, s3, bucket):
    """It still uses signature version 2 there, in the query."""
    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "a b", "ContentType": "text/plain"}, ExpiresIn=60)
    assert "AWSAccessKeyId=" in put and "X-Amz-Algorithm" not in put
    urllib.request.urlopen(urllib.request.Request(put, data=b"sent", method="PUT", headers={"Content-Type": "text/plain"}))
    get = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b", "ResponseContentType": "text/x-told"}, ExpiresIn=60)
    answer = urllib.request.urlopen(get)
    assert (answer.read(), answer.headers["Content-Type"]) == (b"sent", "text/x-told")
    other = get.replace("text%2Fx-told", "text%2Fhtml")
    late = re.sub(r"Expires=\d+", "Expires=1700000000", get)
    for url, code in ((other, b"SignatureDoesNotMatch"), (late, b"Request has expired"), (get.replace("AWSAccessKeyId=AKIA", "AWSAccessKeyId=AKIB"), b"InvalidAccessKeyId")):
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(url)
        assert error.value.code == 403 and code in error.value.read()


def test_presigned_requests_and_virtual_hosts(store, s3, bucket):
    e = store.environment
    presigner = boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{store.port}", region_name="us-east-1", config=Config(signature_version="s3v4"),
        aws_access_key_id=e["AWS_ACCESS_KEY_ID"], aws_secret_access_key=e["AWS_SECRET_ACCESS_KEY"],
    )
    url = presigner.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "up"}, ExpiresIn=60)
    urllib.request.urlopen(urllib.request.Request(url, data=b"sent", method="PUT"))
    url = presigner.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "up"}, ExpiresIn=60)
    assert urllib.request.urlopen(url).read() == b"sent"
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(url[:-1] + ("0" if url[-1] != "0" else "1"))
    assert error.value.code == 403
    virtual = boto3.client(
        "s3", endpoint_url=f"http://localhost:{store.port}", region_name="us-east-1",
        aws_access_key_id=e["AWS_ACCESS_KEY_ID"], aws_secret_access_key=e["AWS_SECRET_ACCESS_KEY"],
        config=Config(s3={"addressing_style": "virtual"}, retries={"total_max_attempts": 1}),
    )
    try:
        socket_works = urllib.request.urlopen(f"http://{bucket}.localhost:{store.port}/_tierra/health")
    except urllib.error.URLError:
        pytest.skip("names below localhost do not resolve on this machine")
    assert socket_works.status == 200
    assert virtual.get_object(Bucket=bucket, Key="up")["Body"].read() == b"sent"


def test_kill_9_loses_nothing_and_tears_nothing(tmp_path):
    """Uploads of all sizes while the control plane is killed again and again."""
    cloud = Cloud(tmp_path / "killed")
    cloud.start("--drivers", "sim")
    cloud.client("s3").create_bucket(Bucket="crash")
    acknowledged, sent, stop = {}, {}, threading.Event()

    def upload(worker):
        n = 0
        while not stop.is_set():
            key, body = f"{worker}/{n % 20}", os.urandom((1000, 40_000, 3 * MIB)[n % 3])
            n += 1
            digest = hashlib.sha256(body).hexdigest()
            sent.setdefault(key, set()).add(digest)
            try:
                cloud.client("s3").put_object(Bucket="crash", Key=key, Body=body)
                acknowledged[key] = digest
                sent[key] = {digest}
            except (ClientError, BotoCoreError):
                time.sleep(0.05)

    workers = [threading.Thread(target=upload, args=(n,)) for n in range(4)]
    [worker.start() for worker in workers]
    try:
        for _ in range(5):
            time.sleep(1)
            pid = json.loads(urllib.request.urlopen(f"http://127.0.0.1:{cloud.port}/_tierra/health").read())["pid"]
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: not Path(f"/proc/{pid}").exists() or "zombie" in Path(f"/proc/{pid}/status").read_text(), what="dead")
            cloud.run("start", "--detach", "--drivers", "sim")
    finally:
        stop.set()
        [worker.join() for worker in workers]
    s3 = cloud.client("s3")
    assert len(acknowledged) >= 20
    for key in keys(s3, "crash"):
        digest = hashlib.sha256(s3.get_object(Bucket="crash", Key=key)["Body"].read()).hexdigest()
        assert digest in sent[key], f"{key} is torn"
    for key in acknowledged:
        assert hashlib.sha256(s3.get_object(Bucket="crash", Key=key)["Body"].read()).hexdigest() in sent[key]
    cloud.run("stop")
    cloud.run("start", "--detach", "--drivers", "sim")
    large = sum(1 for key in keys(s3, "crash") if s3.head_object(Bucket="crash", Key=key)["ContentLength"] > 16 << 10)
    files = lambda: sum(1 for f in (cloud.folder / "objects").rglob("*") if f.is_file())
    eventually(lambda: files() == large, seconds=15, what=f"no file that nobody knows ({files()} files, {large} objects)")
    cloud.stop()


def test_kill_9_leaves_an_upload_in_parts_as_it_was_acknowledged(tmp_path):
    """Parts that were acknowledged are there after each death; the upload goes on and is completed across them."""
    cloud = Cloud(tmp_path / "killed")
    cloud.start("--drivers", "sim")
    cloud.client("s3").create_bucket(Bucket="parts")
    upload = cloud.client("s3").create_multipart_upload(Bucket="parts", Key="whole")["UploadId"]
    pieces, etags, deaths = [os.urandom(5 * MIB) for _ in range(8)], {}, (0, 2)

    def die():
        pid = json.loads(urllib.request.urlopen(f"http://127.0.0.1:{cloud.port}/_tierra/health").read())["pid"]
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not Path(f"/proc/{pid}").exists() or "zombie" in Path(f"/proc/{pid}/status").read_text(), what="dead")

    def send(number):
        try:
            etags[number] = cloud.client("s3").upload_part(Bucket="parts", Key="whole", UploadId=upload, PartNumber=number, Body=pieces[number - 1])["ETag"]
        except (ClientError, BotoCoreError):
            pass

    for round in range(20):
        missing = [number for number in range(1, len(pieces) + 1) if number not in etags]
        workers = [threading.Thread(target=send, args=(number,)) for number in missing[:3]]
        [worker.start() for worker in workers]
        if round in deaths:
            time.sleep(0.05)
            die()
        [worker.join() for worker in workers]
        if round in deaths:
            cloud.run("start", "--detach", "--drivers", "sim")
        listed = {part["PartNumber"]: part["ETag"] for part in cloud.client("s3").list_parts(Bucket="parts", Key="whole", UploadId=upload).get("Parts", [])}
        assert etags.items() <= listed.items()
        if len(etags) == len(pieces):
            break
    parts = [{"PartNumber": number, "ETag": etags[number]} for number in sorted(etags)]
    cloud.client("s3").complete_multipart_upload(Bucket="parts", Key="whole", UploadId=upload, MultipartUpload={"Parts": parts})
    die()
    cloud.run("start", "--detach", "--drivers", "sim")
    assert cloud.client("s3").get_object(Bucket="parts", Key="whole")["Body"].read() == b"".join(pieces)
    cloud.stop()


TERRAFORM = """
resource "aws_s3_bucket" "b" {
  bucket = "terraform-bucket"
  tags = { made = "by terraform" }
}
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket = aws_s3_bucket.b.id
  block_public_acls = true
  block_public_policy = true
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::${var.account}:root" }, Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }]
  })
}
resource "aws_s3_object" "o" {
  bucket = aws_s3_bucket_versioning.b.bucket
  key = "hello.txt"
  content = "hello"
  content_type = "text/plain"
}
"""


def test_terraform_applies_plans_nothing_and_destroys(store, s3, terraform):
    terraform = terraform(store)
    terraform.apply(TERRAFORM, account=store.client("sts").get_caller_identity()["Account"])
    assert s3.get_object(Bucket="terraform-bucket", Key="hello.txt")["Body"].read() == b"hello"
    terraform.destroy()
    assert "terraform-bucket" not in [b["Name"] for b in s3.list_buckets()["Buckets"]]


STACK = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: { Status: Enabled }
      Tags: [{ Key: a, Value: b }]
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { AWS: !Ref AWS::AccountId }, Action: s3:GetObject, Resource: !Sub "${Bucket.Arn}/*" }]
Outputs:
  Name: { Value: !Ref Bucket }
  Domain: { Value: !GetAtt Bucket.RegionalDomainName }
"""


def test_a_stack_of_buckets(store, s3):
    cloudformation = store.client("cloudformation")
    cloudformation.create_stack(StackName="buckets", TemplateBody=STACK)
    described = lambda: cloudformation.describe_stacks(StackName="buckets")["Stacks"][0]
    stack = eventually(lambda: (s := described())["StackStatus"] != "CREATE_IN_PROGRESS" and s)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs["Domain"] == f"{outputs['Name']}.s3.us-east-1.amazonaws.com"
    assert s3.get_bucket_versioning(Bucket=outputs["Name"])["Status"] == "Enabled"
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=outputs["Name"])["TagSet"]}
    assert (tags["a"], tags["aws:cloudformation:logical-id"]) == ("b", "Bucket")
    cloudformation.delete_stack(StackName="buckets")
    eventually(lambda: outputs["Name"] not in [b["Name"] for b in s3.list_buckets()["Buckets"]])

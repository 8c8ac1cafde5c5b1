"""What a template names by local path lies in S3 by the time the stack is asked for."""

import hashlib
import json

PARENT = """
Metadata:
  Tierra::Artifacts:
    - { Path: build/program, BucketParameter: Bucket, KeyParameter: Key }
Parameters: { Bucket: { Type: String }, Key: { Type: String } }
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: nested/child.yaml  # beside this file
      Parameters: { Text: !Sub "s3://${Bucket}/${Key}" }
Outputs:
  Program: { Value: !GetAtt Child.Outputs.Told }
"""
CHILD = """
Parameters: { Text: { Type: String } }
Resources:
  Note: { Type: "AWS::SSM::Parameter", Properties: { Type: String, Value: !Ref Text } }
Outputs:
  Told: { Value: !GetAtt Note.Value }
"""


def write(folder, program):
    (folder / "nested").mkdir(exist_ok=True)
    (folder / "build").mkdir(exist_ok=True)
    (folder / "template.yaml").write_text(PARENT)
    (folder / "nested/child.yaml").write_text(CHILD)
    (folder / "build/program").write_bytes(program)


def test_local_paths_are_uploaded_and_named(cloud, tmp_path):
    s3 = cloud.client("s3")
    told = []
    for program in (b"first" * 100_000, b"second"):
        write(tmp_path, program)
        up = json.loads(cloud.run("--json", "up", tmp_path, "--stack-name", "packaged").stdout)
        told.append(up["Outputs"]["Program"])
        bucket, key = told[-1].removeprefix("s3://").split("/", 1)
        assert key == hashlib.sha256(program).hexdigest()
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == program
    assert told[0] != told[1], "another program is another key, and so another template"
    objects = lambda: {o["Key"]: o["LastModified"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    before = objects()
    printed = cloud.run("package", tmp_path)
    assert f"https://s3.us-east-1.amazonaws.com/{bucket}/" in printed.stdout and "# beside this file" in printed.stdout
    assert f"--parameter Key={key}" in printed.stderr
    assert objects() == before, "what is there is not uploaded again"
    cloud.run("down", "packaged")


def test_a_missing_path_is_shown_where_it_stands(cloud, tmp_path):
    write(tmp_path, b"")
    (tmp_path / "nested/child.yaml").unlink()
    (tmp_path / "build/program").unlink()
    refused = cloud.run("up", tmp_path, "--stack-name", "missing", check=False)
    assert refused.returncode == 1 and "2 mistakes" in refused.stderr
    assert "template.yaml:10:20" in refused.stderr and "TemplateURL: nested/child.yaml" in refused.stderr
    assert "TemplateURL parameter of Child resource is invalid" in refused.stderr
    assert "refers to a file or folder that does not exist" in refused.stderr

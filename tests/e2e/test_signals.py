"""Stacks that wait for what is inside their instances, and stacks of stacks whose templates lie in S3."""

import json

from conftest import eventually

# What runs inside is told the handle's address, or who it is, and has to find the cloud by AWS's own names.
WAITING = """
Parameters:
  Image: { Type: AWS::EC2::Image::Id }
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: sts:AssumeRole }]
      Policies:
        - PolicyName: signal
          PolicyDocument: { Statement: [{ Effect: Allow, Action: cloudformation:SignalResource, Resource: "*" }] }
  Profile: { Type: AWS::IAM::InstanceProfile, Properties: { Roles: [!Ref Role] } }
  Handle: { Type: AWS::CloudFormation::WaitConditionHandle }
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    DependsOn: Tells
    Properties: { Handle: !Ref Handle, Timeout: "120", Count: 1 }
  Tells:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !Ref Image
      InstanceType: t3.nano
      UserData:
        Fn::Base64: !Sub |
          #!/bin/sh
          curl -sf -X PUT -H 'Content-Type:' \\
            --data-binary '{"Status": "SUCCESS", "UniqueId": "one", "Data": "told from inside", "Reason": "done"}' '${Handle}'
  Signals:
    Type: AWS::EC2::Instance
    CreationPolicy: { ResourceSignal: { Timeout: PT2M } }
    Properties:
      ImageId: !Ref Image
      InstanceType: t3.nano
      IamInstanceProfile: !Ref Profile
      UserData:
        Fn::Base64: !Sub |
          #!/bin/sh
          id=$(curl -sf http://169.254.169.254/latest/meta-data/instance-id)
          aws cloudformation signal-resource --stack-name ${AWS::StackName} --logical-resource-id Signals --unique-id $id --status SIGNAL
Outputs:
  Told: { Value: !GetAtt Wait.Data }
"""

INNER = """
Parameters: { Name: { Type: String } }
Resources:
  Parameter: { Type: AWS::SSM::Parameter, Properties: { Type: String, Name: !Ref Name, Value: %s } }
Outputs:
  Name: { Value: !Ref Parameter }
"""

OUTER = """
Parameters: { Bucket: { Type: String } }
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Sub "https://${Bucket}.s3.amazonaws.com/inner.yaml"
      Parameters: { Name: /nested/by-url }
Outputs:
  Name: { Value: !GetAtt Inner.Outputs.Name }
"""


def settled(cfn, name, seconds=150):
    """The stack once it is no longer on its way."""
    described = lambda: cfn.describe_stacks(StackName=name)["Stacks"][0]
    return eventually(lambda: (stack := described()) and not stack["StackStatus"].endswith("IN_PROGRESS") and stack, seconds=seconds, what=name)


def reasons(cfn, name):
    events = cfn.describe_stack_events(StackName=name)["StackEvents"]
    return [(e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason")) for e in events]


def outputs(stack):
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


def test_a_stack_waits_for_signals_from_inside_its_instances(cloud, image):
    cfn = cloud.client("cloudformation")
    template = WAITING.replace("--status SIGNAL", "--status SUCCESS")
    parameters = [{"ParameterKey": "Image", "ParameterValue": image}]
    cfn.create_stack(StackName="waits", TemplateBody=template, Parameters=parameters, Capabilities=["CAPABILITY_IAM"])
    stack = settled(cfn, "waits")
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, "waits")
    assert json.loads(outputs(stack)["Told"]) == {"one": "told from inside"}
    cfn.delete_stack(StackName="waits")
    cfn.get_waiter("stack_delete_complete").wait(StackName="waits", WaiterConfig={"Delay": 1, "MaxAttempts": 90})


def test_a_failure_that_is_signalled_rolls_the_stack_back(cloud, image):
    cfn = cloud.client("cloudformation")
    template = WAITING.replace("--status SIGNAL", "--status FAILURE")
    parameters = [{"ParameterKey": "Image", "ParameterValue": image}]
    cfn.create_stack(StackName="fails", TemplateBody=template, Parameters=parameters, Capabilities=["CAPABILITY_IAM"])
    assert settled(cfn, "fails")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert [one for one in reasons(cfn, "fails") if one[0] == "Signals" and "FAILURE signal" in (one[2] or "")], reasons(cfn, "fails")
    cfn.delete_stack(StackName="fails")


def test_stacks_nest_by_templates_of_any_size_in_s3(cloud):
    cfn, s3, ssm = cloud.client("cloudformation"), cloud.client("s3"), cloud.client("ssm")
    s3.create_bucket(Bucket="e2e-templates")
    put = lambda value: s3.put_object(Bucket="e2e-templates", Key="inner.yaml", Body=(INNER % value + "# padding\n" * 20_000).encode())
    put("first")
    parameters = [{"ParameterKey": "Bucket", "ParameterValue": "e2e-templates"}]
    cfn.create_stack(StackName="outer", TemplateBody=OUTER, Parameters=parameters)
    stack = settled(cfn, "outer")
    assert stack["StackStatus"] == "CREATE_COMPLETE", reasons(cfn, "outer")
    assert outputs(stack)["Name"] == "/nested/by-url"
    value = lambda: ssm.get_parameter(Name="/nested/by-url")["Parameter"]["Value"]
    assert value() == "first"

    cfn.delete_stack(StackName="outer")
    cfn.get_waiter("stack_delete_complete").wait(StackName="outer", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    s3.delete_object(Bucket="e2e-templates", Key="inner.yaml")
    cfn.create_stack(StackName="lost", TemplateBody=OUTER, Parameters=parameters)
    assert settled(cfn, "lost")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert [one for one in reasons(cfn, "lost") if "S3 error: The specified key does not exist" in (one[2] or "")], reasons(cfn, "lost")
    cfn.delete_stack(StackName="lost")
    s3.delete_bucket(Bucket="e2e-templates")

"""Metrics that callers put and that the cloud samples, and alarms that change state and act."""

from datetime import datetime, timedelta, timezone

from conftest import eventually

BUSY = "#!/bin/sh\ncat /dev/zero > /dev/null &\n"


def test_values_are_put_and_read_back(cloud):
    cloudwatch = cloud.client("cloudwatch")
    data = {"MetricName": "Posts", "Dimensions": [{"Name": "Host", "Value": "a"}], "Unit": "Count"}
    cloudwatch.put_metric_data(Namespace="MiniTwit", MetricData=[data | {"Value": 3}, data | {"Values": [5, 7], "Counts": [2, 1]}])
    now = datetime.now(timezone.utc)
    answer = cloudwatch.get_metric_statistics(
        Namespace="MiniTwit", MetricName="Posts", Dimensions=data["Dimensions"], Period=3600,
        StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1), Statistics=["Sum", "SampleCount", "Maximum"],
    )
    sums = [(point["Sum"], point["SampleCount"], point["Maximum"], point["Unit"]) for point in answer["Datapoints"]]
    assert sums == [(20.0, 4.0, 7.0, "Count")]
    assert "Posts" in cloud.aws("cloudwatch", "list-metrics", "--namespace", "MiniTwit", "--query", "Metrics[].MetricName", "--output", "text").stdout


def test_an_alarm_stops_an_instance_that_is_busy(cloud):
    """An instance that burns its CPU is sampled by the minute; the alarm on it goes off and stops it."""
    ec2, cloudwatch = cloud.client("ec2"), cloud.client("cloudwatch")
    instance = ec2.run_instances(
        ImageId="resolve:ssm:/aws/service/debian/release/12/latest/amd64", InstanceType="t3.micro", MinCount=1, MaxCount=1, UserData=BUSY,
    )["Instances"][0]["InstanceId"]
    cloudwatch.put_metric_alarm(
        AlarmName="busy", Namespace="AWS/EC2", MetricName="CPUUtilization", Dimensions=[{"Name": "InstanceId", "Value": instance}],
        Statistic="Maximum", Period=60, EvaluationPeriods=1, Threshold=2, ComparisonOperator="GreaterThanThreshold",
        AlarmActions=["arn:aws:automate:us-east-1:ec2:stop"],
    )

    def alarm():
        return cloudwatch.describe_alarms(AlarmNames=["busy"])["MetricAlarms"][0]

    # It is sampled at the next full minute.
    eventually(lambda: alarm()["StateValue"] == "ALARM", seconds=100, every=1, what="the alarm")
    assert "greater than the threshold (2.0)" in alarm()["StateReason"]
    ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    history = cloudwatch.describe_alarm_history(AlarmName="busy", HistoryItemType="Action")["AlarmHistoryItems"]
    assert history[0]["HistorySummary"] == "Successfully executed action arn:aws:automate:us-east-1:ec2:stop"
    ec2.terminate_instances(InstanceIds=[instance])
    cloudwatch.delete_alarms(AlarmNames=["busy"])

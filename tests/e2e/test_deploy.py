"""The deployment templates: what AWS's linter says, and what operations.md promises of them."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cfnlint.decode import cfn_yaml

from lake import binary

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "deploy" / "cloudformation" / "template.yaml"
BATCH = ROOT / "deploy" / "batch" / "template.yaml"
VISIBILITY_TIMES_TIMEOUT_MIN = 6  # Lambda Developer Guide, "Configuring a queue to use with Lambda"
WITHOUT_RESOURCES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}  # know no resource


@pytest.fixture(scope="module")
def template():
    return cfn_yaml.load(str(TEMPLATE))


@pytest.fixture(scope="module")
def resources(template):
    return template["Resources"]


def of_type(resources, kind: str) -> list[dict]:
    return [each["Properties"] for each in resources.values() if each["Type"] == kind]


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("path", [TEMPLATE, BATCH], ids=["function", "batch"])
def test_template_passes_cfn_lint(path):
    linter = Path(sys.executable).with_name("cfn-lint")
    linted = subprocess.run([linter, path], capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_a_message_stays_hidden_for_six_time_outs(template):
    timeouts = template["Parameters"]["TimeoutSeconds"]["AllowedValues"]
    by_timeout = template["Mappings"]["ByTimeout"]
    assert set(by_timeout) == set(timeouts)
    for timeout, values in by_timeout.items():
        assert values["Visibility"] >= VISIBILITY_TIMES_TIMEOUT_MIN * int(timeout)
        assert values["Slow"] == 900 * int(timeout)
        assert values["Old"] == 2 * values["Visibility"]


def test_only_failed_messages_come_back(resources):
    (trigger,) = of_type(resources, "AWS::Lambda::EventSourceMapping")
    assert trigger["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_failed_messages_end_in_the_dead_letter_queue(resources):
    redrive = resources["Queue"]["Properties"]["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}


def test_two_buckets_send_their_news_to_the_queue(resources):
    buckets = of_type(resources, "AWS::S3::Bucket")
    assert len(buckets) == 2
    for bucket in buckets:
        (queue,) = bucket["NotificationConfiguration"]["QueueConfigurations"]
        assert queue["Event"] == "s3:ObjectCreated:*"
        assert queue["Queue"] == {"Fn::GetAtt": ["Queue", "Arn"]}


def test_tables_can_be_recovered(resources):
    tables = of_type(resources, "AWS::DynamoDB::Table")
    assert len(tables) == 2
    for table in tables:
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert resources["RoutingTable"]["Properties"]["KeySchema"] == [
        {"AttributeName": "PartitionKey", "KeyType": "HASH"}
    ]


def test_rights_name_actions_and_resources(resources):
    (role,) = of_type(resources, "AWS::IAM::Role")
    policies = [*role["Policies"], *of_type(resources, "AWS::IAM::Policy")]
    assert len(policies) == 5
    statements = [policy["PolicyDocument"]["Statement"] for policy in policies]
    for statement in itertools.chain(*statements):
        actions = set(as_list(statement["Action"]))
        assert not any("*" in action for action in actions), statement["Sid"]
        if actions != WITHOUT_RESOURCES:
            assert "*" not in as_list(statement["Resource"]), statement["Sid"]


def test_every_alarm_is_documented(resources):
    documented = (ROOT / "docs" / "operations.md").read_text()
    names = [name for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(names) >= 5
    assert [name for name in names if f"`{name}`" not in documented] == []


def test_the_function_knows_every_variable_that_the_template_sets(resources, tmp_path):
    (function,) = of_type(resources, "AWS::Lambda::Function")
    texts = {"EIDER_WAREHOUSE": "s3://lake/x", "EIDER_PLUGINS": '{"a": {"command": ["b"]}}'}
    variables = {
        name: value if isinstance(value, str) else texts.get(name, "t")
        for name, value in function["Environment"]["Variables"].items()
    }
    environment = {**os.environ, **variables, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9",
                   "AWS_REGION": "eu-central-1"}  # fmt: skip
    done = subprocess.run([binary(), "config"], env=environment, cwd=tmp_path, text=True,
                          capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in variables:
        assert name in done.stdout


def test_jobs_of_batch_are_commands_of_eider(lake):
    """The array by hand: a job for each list, and one that commits."""
    jobs = cfn_yaml.load(str(BATCH))["Resources"]
    lake.route("src-a", "bronze.orders")
    uris = [lake.put("src-a", f"{number}.parquet", f"SELECT {number} AS id") for number in range(6)]
    values = {"Ref::place": str(lake.folder / "prepared")}
    for number in range(3):
        values["Ref::list"] = f"list-{number}"
        (lake.folder / f"list-{number}").write_text("\n".join(uris[2 * number : 2 * number + 2]))
        run_job(lake, jobs["Prepare"], values)
    run_job(lake, jobs["Commit"], values)
    assert lake.scan_ids("bronze.orders") == list(range(6))


def run_job(lake, job: dict, values: dict[str, str]):
    command = job["Properties"]["ContainerProperties"]["Command"]
    done = lake.eider(*[values.get(word, word) for word in command])
    assert done.exit_code == 0, done


def test_jobs_of_overflow_load_a_file_in_pieces_and_whole(lake):
    """What the state machine does with what a function gives it, by hand."""
    resources = cfn_yaml.load(str(BATCH))["Resources"]
    jobs = {state["Parameters"]["JobName"]: state["Parameters"]["JobDefinition"]["Ref"]
            for state in job_states(resources["Overflow"]["Properties"]["Definition"])}  # fmt: skip
    lake.route("src-a", "bronze.orders", "SELECT id FROM '{s3_input_path}'")
    values = {"Ref::uri": lake.put("src-a", "large.parquet", "SELECT range AS id FROM range(9)"),
              "Ref::place": str(lake.folder / "prepared")}  # fmt: skip
    for part in ("1/3", "2/3", "3/3"):
        run_job(lake, resources[jobs["eider-prepare-piece"]], values | {"Ref::part": part})
    run_job(lake, resources[jobs["eider-commit"]], values)
    assert lake.scan_ids("bronze.orders") == list(range(9))
    values["Ref::uri"] = lake.put("src-a", "other.parquet", "SELECT 9 AS id")
    run_job(lake, resources[jobs["eider-run"]], values)
    assert lake.scan_ids("bronze.orders") == list(range(10))


def job_states(machine: dict) -> list[dict]:
    found = []
    for state in machine["States"].values():
        if state["Type"] == "Task":
            found.append(state)
        if state["Type"] == "Map":
            found += job_states(state["ItemProcessor"])
    return found

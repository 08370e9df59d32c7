"""S3's news of an object in every envelope that reaches a function, as AWS documents them."""

import itertools
import json
import urllib.parse
import uuid
from dataclasses import dataclass

ACCOUNT = "123456789012"
REGION = "us-east-1"
TIME = "2026-11-23T08:15:42.318Z"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:eider"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:eider"

_sequence = itertools.count(0x617F08299329D189)


@dataclass(frozen=True)
class Object:
    """An object as the event tells of it."""

    bucket: str
    key: str
    size: int
    etag: str
    version_id: str = ""

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def s3_record(item: Object, name: str = "ObjectCreated:Put") -> dict:
    made = {"key": urllib.parse.quote_plus(item.key, safe="/"),
            "sequencer": f"{next(_sequence):016X}"}  # fmt: skip
    if not name.startswith("ObjectRemoved"):
        made |= {"size": item.size, "eTag": item.etag}
    if item.version_id:
        made["versionId"] = item.version_id
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": TIME,
        "eventName": name,
        "userIdentity": {"principalId": "AWS:AIDAEXAMPLEUSER"},
        "requestParameters": {"sourceIPAddress": "192.0.2.17"},
        "responseElements": {"x-amz-request-id": "D82B88E5F771F645", "x-amz-id-2": "eider"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "828aa6fc-f7b5-4305-8584-487c791949c1",
            "bucket": {
                "name": item.bucket,
                "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": f"arn:aws:s3:::{item.bucket}",
            },
            "object": made,
        },
    }


def s3_event(*items: Object) -> dict:
    """S3 straight to the function."""
    return {"Records": [s3_record(item) for item in items]}


def s3_removal(*items: Object) -> dict:
    return {"Records": [s3_record(item, "ObjectRemoved:Delete") for item in items]}


def s3_test_event(bucket: str) -> dict:
    """What S3 sends when a notification is configured."""
    return {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": TIME, "Bucket": bucket,
            "RequestId": "5582815E1AEA5ADF", "HostId": "eider"}  # fmt: skip


def sqs_bodies(*bodies: object) -> dict:
    """A batch of SQS messages with these bodies; their ids are message-0, message-1, …"""
    return {"Records": [_sqs_record(f"message-{n}", body) for n, body in enumerate(bodies)]}


def _sqs_record(message_id: str, body: object) -> dict:
    return {
        "messageId": message_id,
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1795421742318",
                       "SenderId": "AIDAEXAMPLE",
                       "ApproximateFirstReceiveTimestamp": "1795421742320"},
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE_ARN,
        "awsRegion": REGION,
    }  # fmt: skip


def sqs(*items: Object) -> dict:
    """S3 to a queue: one message for each object."""
    return sqs_bodies(*(s3_event(item) for item in items))


def _notification(message: object) -> dict:
    return {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": TOPIC_ARN,
        "Subject": "Amazon S3 Notification",
        "Message": json.dumps(message),
        "Timestamp": TIME,
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
    }


def sns(*items: Object) -> dict:
    """S3 to a topic to the function."""
    records = [{"EventSource": "aws:sns", "EventVersion": "1.0",
                "EventSubscriptionArn": f"{TOPIC_ARN}:{uuid.uuid4()}",
                "Sns": _notification(s3_event(item))} for item in items]  # fmt: skip
    return {"Records": records}


def sns_in_sqs(*items: Object) -> dict:
    """S3 to a topic to a queue, without raw delivery."""
    return sqs_bodies(*(_notification(s3_event(item)) for item in items))


def eventbridge(item: Object) -> dict:
    """S3 to EventBridge; one object an event, its key as it is."""
    made = {"key": item.key, "size": item.size, "etag": item.etag,
            "sequencer": f"{next(_sequence):016x}"}  # fmt: skip
    if item.version_id:
        made["version-id"] = item.version_id
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": "2026-11-23T08:15:42Z",
        "region": REGION,
        "resources": [f"arn:aws:s3:::{item.bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": item.bucket},
            "object": made,
            "request-id": "D82B88E5F771F645",
            "requester": ACCOUNT,
            "source-ip-address": "192.0.2.17",
            "reason": "PutObject",
        },
    }


def eventbridge_in_sqs(*items: Object) -> dict:
    return sqs_bodies(*(eventbridge(item) for item in items))

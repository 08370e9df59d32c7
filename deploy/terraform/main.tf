# Eider on AWS: S3 -> SQS -> Lambda -> Iceberg tables of the Glue Catalog, with the routing table and
# the ledger in DynamoDB. The same as deploy/cloudformation; docs/operations.md tells the rest.
#
#   module "eider" {
#     source           = "./deploy/terraform"
#     package          = "build/package/eider-lambda-amd64.zip"
#     source_buckets   = ["src-a", "src-b"]
#     warehouse_bucket = "lake"
#   }

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40"
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  visibility_seconds = 6 * var.timeout_seconds
  partition          = data.aws_partition.current.partition
  account            = data.aws_caller_identity.current.account_id
  region             = data.aws_region.current.name
  source_arns        = [for bucket in var.source_buckets : "arn:${local.partition}:s3:::${bucket}"]
  warehouse_arn      = "arn:${local.partition}:s3:::${var.warehouse_bucket}"
  glue_arn           = "arn:${local.partition}:glue:${local.region}:${local.account}"
  dynamodb_arn       = "arn:${local.partition}:dynamodb:${local.region}:${local.account}"
  makes_routing      = var.routing_table == ""
  has_snapshot       = var.routes_snapshot != ""
  snapshot_bucket    = split("/", var.routes_snapshot)[0]
  routing_table      = local.makes_routing ? "${var.name}-routes" : var.routing_table
}

# ---- what arrives ----

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "files" {
  name                       = "${var.name}-files"
  visibility_timeout_seconds = local.visibility_seconds
  message_retention_seconds  = 1209600
  sqs_managed_sse_enabled    = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 5
  })
}

# What is too much for the function; read by `eider serve --sqs`.
resource "aws_sqs_queue" "overflow" {
  count                     = var.overflow ? 1 : 0
  name                      = "${var.name}-overflow"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 10
  })
}

resource "aws_sqs_queue_policy" "files" {
  queue_url = aws_sqs_queue.files.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TheSourceBuckets"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.files.arn
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnEquals    = { "aws:SourceArn" = local.source_arns }
      }
    }]
  })
}

# A bucket has one notification configuration: this one replaces what was there.
resource "aws_s3_bucket_notification" "sources" {
  for_each = var.source_buckets
  bucket   = each.value

  queue {
    queue_arn = aws_sqs_queue.files.arn
    events    = ["s3:ObjectCreated:*"]
  }

  depends_on = [aws_sqs_queue_policy.files]
}

# ---- what is remembered ----

resource "aws_dynamodb_table" "routes" {
  count                       = local.makes_routing ? 1 : 0
  name                        = local.routing_table
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "PartitionKey"
  deletion_protection_enabled = true

  attribute {
    name = "PartitionKey"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_dynamodb_table" "ledger" {
  name                        = "${var.name}-ledger"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "file"
  deletion_protection_enabled = true

  attribute {
    name = "file"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }
}

# ---- the function ----

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_days
}

resource "aws_lambda_function" "eider" {
  function_name    = var.name
  description      = "Loads the files that messages name into the tables of their routes"
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  layers           = var.plugin_layers
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  role             = aws_iam_role.function.arn
  memory_size      = var.memory_megabytes
  timeout          = var.timeout_seconds

  ephemeral_storage {
    size = var.temporary_megabytes
  }

  tracing_config {
    mode = "Active"
  }

  environment {
    variables = merge({
      EIDER_WAREHOUSE     = "s3://${var.warehouse_bucket}/${var.warehouse_prefix}"
      EIDER_CATALOG_TYPE  = "glue"
      EIDER_ROUTING_TABLE = local.routing_table
      EIDER_LEDGER_TABLE  = aws_dynamodb_table.ledger.name
      }, local.has_snapshot ? { EIDER_ROUTING_SNAPSHOT = "s3://${var.routes_snapshot}" } : {},
      var.overflow_to_itself ? { EIDER_OVERFLOW = "lambda" } : {},
      var.overflow ? { EIDER_OVERFLOW = aws_sqs_queue.overflow[0].url } : {},
      var.overflow_machine_arn == "" ? {} : { EIDER_OVERFLOW = var.overflow_machine_arn },
    var.plugins == "" ? {} : { EIDER_PLUGINS = var.plugins })
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}

resource "aws_lambda_event_source_mapping" "files" {
  event_source_arn        = aws_sqs_queue.files.arn
  function_name           = aws_lambda_function.eider.arn
  batch_size              = var.messages_per_invocation
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.concurrency_max
  }
}

output "queue_arn" {
  description = "Where the notifications of the buckets go"
  value       = aws_sqs_queue.files.arn
}

output "dead_letter_queue_url" {
  description = "Where messages wait that failed five times"
  value       = aws_sqs_queue.dead_letters.id
}

output "overflow_queue_url" {
  description = "For `eider serve --sqs`"
  value       = one(aws_sqs_queue.overflow[*].url)
}

output "function_name" {
  description = "Name of the function"
  value       = aws_lambda_function.eider.function_name
}

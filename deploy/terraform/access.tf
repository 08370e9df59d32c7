# What the function may do, and nothing else.

resource "aws_iam_role" "function" {
  name = var.name
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  name = "eider"
  role = aws_iam_role.function.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Messages"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = aws_sqs_queue.files.arn
      },
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.function.arn}:*"
      },
      {
        Sid      = "Traces"
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Resource = "*"
      },
      {
        Sid    = "ReadSources"
        Effect = "Allow"
        Action = [
          "s3:GetObject",
          "s3:GetObjectVersion",
          "s3:GetObjectTagging", # these two where a strategy is object-tag:NAME
          "s3:GetObjectVersionTagging",
        ]
        Resource = [for arn in local.source_arns : "${arn}/*"]
      },
      {
        Sid      = "TellMissingFromForbidden"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = concat(local.source_arns, [local.warehouse_arn])
      },
      {
        Sid    = "WriteTables"
        Effect = "Allow"
        Action = [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
        ]
        Resource = "${local.warehouse_arn}/${var.warehouse_prefix}/*"
      },
      {
        Sid      = "ReadRoutes"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:Scan"]
        Resource = "${local.dynamodb_arn}:table/${local.routing_table}"
      },
      {
        Sid      = "KeepLedger"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Scan"]
        Resource = aws_dynamodb_table.ledger.arn
      },
      {
        Sid    = "CommitTables"
        Effect = "Allow"
        Action = [
          "glue:GetDatabase",
          "glue:GetTable",
          "glue:CreateDatabase",
          "glue:CreateTable",
          "glue:UpdateTable",
        ]
        Resource = [
          "${local.glue_arn}:catalog",
          "${local.glue_arn}:database/${var.glue_database}",
          "${local.glue_arn}:table/${var.glue_database}/*",
        ]
      },
    ]
  })
}

resource "aws_iam_role_policy" "snapshot" {
  count = local.has_snapshot ? 1 : 0
  name  = "eider-snapshot"
  role  = aws_iam_role.function.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "KeepSnapshot"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = "arn:${local.partition}:s3:::${var.routes_snapshot}"
      },
      {
        Sid      = "TellMissingSnapshotFromForbidden"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = "arn:${local.partition}:s3:::${local.snapshot_bucket}"
      },
    ]
  })
}

resource "aws_iam_role_policy" "overflow" {
  count = var.overflow ? 1 : 0
  name  = "eider-overflow"
  role  = aws_iam_role.function.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "HandFilesOn"
      Effect   = "Allow"
      Action   = "sqs:SendMessage"
      Resource = aws_sqs_queue.overflow[0].arn
    }]
  })
}

resource "aws_iam_role_policy" "own_pieces" {
  count = var.overflow_to_itself ? 1 : 0
  name  = "eider-own-pieces"
  role  = aws_iam_role.function.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "SendPieces"
      Effect   = "Allow"
      Action   = "sqs:SendMessage"
      Resource = aws_sqs_queue.files.arn
    }]
  })
}

resource "aws_iam_role_policy" "overflow_machine" {
  count = var.overflow_machine_arn == "" ? 0 : 1
  name  = "eider-overflow-machine"
  role  = aws_iam_role.function.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "StartExecutions"
      Effect   = "Allow"
      Action   = "states:StartExecution"
      Resource = var.overflow_machine_arn
    }]
  })
}

# One alarm each for what needs a person; docs/operations.md says what to do.

locals {
  of_function = { FunctionName = aws_lambda_function.eider.function_name }
  alarms = {
    dead-letters = {
      description = "Messages failed five times and wait in the dead-letter queue"
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.dead_letters.name }
      statistic   = "Maximum"
      period      = 60
      periods     = 1
      threshold   = 0
    }
    errors = {
      description = "Invocations fail as a whole: the function cannot start, is killed, or broke"
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 60
      periods     = 2
      threshold   = 0
    }
    failed-files = {
      description = "Files fail; each is tried again until its message is in the dead-letter queue"
      namespace   = "Eider"
      metric      = "FilesFailed"
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 300
      periods     = 1
      threshold   = 0
    }
    stale-routes = {
      description = "The routing table does not answer; the last known routes serve"
      namespace   = "Eider"
      metric      = "RoutesServedStale"
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 300
      periods     = 1
      threshold   = 0
    }
    snapshot-routes = {
      description = "The routing table does not answer; the snapshot of the routes serves"
      namespace   = "Eider"
      metric      = "RoutesServedFromSnapshot"
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 300
      periods     = 1
      threshold   = 0
    }
    age = {
      description = "The oldest message waits for longer than two visibility time-outs"
      namespace   = "AWS/SQS"
      metric      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = aws_sqs_queue.files.name }
      statistic   = "Maximum"
      period      = 300
      periods     = 3
      threshold   = 2 * local.visibility_seconds
    }
    throttles = {
      description = "The account has no concurrency left for the function"
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = local.of_function
      statistic   = "Sum"
      period      = 300
      periods     = 2
      threshold   = 0
    }
    duration = {
      description = "An invocation took nine tenths of its time-out"
      namespace   = "AWS/Lambda"
      metric      = "Duration"
      dimensions  = local.of_function
      statistic   = "Maximum"
      period      = 300
      periods     = 1
      threshold   = 900 * var.timeout_seconds
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "eider" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = each.value.periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
}

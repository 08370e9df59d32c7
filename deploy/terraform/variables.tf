variable "name" {
  description = "Name of the function, and the beginning of all other names"
  type        = string
  default     = "eider"
}

variable "package" {
  description = "The zip that ./dev package lambda made"
  type        = string
}

variable "architecture" {
  description = "x86_64 or arm64; arm64 needs a zip that was built on arm64"
  type        = string
  default     = "x86_64"
}

variable "source_buckets" {
  description = "Names of the buckets whose new objects are loaded; they are there already"
  type        = set(string)
}

variable "warehouse_bucket" {
  description = "Bucket of the tables; it is there already"
  type        = string
}

variable "warehouse_prefix" {
  description = "Where in it tables are, without slashes at the ends"
  type        = string
  default     = "warehouse"
}

variable "glue_database" {
  description = "Glue database that Eider may write to; * is all of them"
  type        = string
  default     = "*"
}

variable "routing_table" {
  description = "Existing routing table; empty: one is made"
  type        = string
  default     = ""
}

variable "routes_snapshot" {
  description = "Object for the snapshot of all routes, as lake/routes.snapshot (bucket/key); empty: none"
  type        = string
  default     = ""
}

variable "overflow" {
  description = "Whether files that are too much for the function go to a queue, for `eider serve`"
  type        = bool
  default     = false
}

variable "overflow_machine_arn" {
  description = "State machine that gets files that are too much for the function (Overflow of deploy/batch), in place of a queue; empty: none"
  type        = string
  default     = ""
}

variable "overflow_to_itself" {
  description = "Whether the function loads files that are too much for it in pieces of its own, by its queue"
  type        = bool
  default     = false
}

variable "plugins" {
  description = "Plug-ins that routes may name, as JSON; empty: none"
  type        = string
  default     = ""
}

variable "plugin_layers" {
  description = "Versions of the Lambda layers that have them, in /opt"
  type        = list(string)
  default     = []
}

variable "memory_megabytes" {
  description = "Half of it is for queries; 1769 comes with one processor"
  type        = number
  default     = 1769
}

variable "temporary_megabytes" {
  description = "Where queries go on that do not fit into memory"
  type        = number
  default     = 2048
}

variable "timeout_seconds" {
  description = "Time-out of the function; the queue waits six times as long"
  type        = number
  default     = 300
}

variable "messages_per_invocation" {
  description = "Messages that share an invocation, and commits to the same table"
  type        = number
  default     = 10
}

variable "concurrency_max" {
  description = "Invocations at a time"
  type        = number
  default     = 10
}

variable "log_days" {
  description = "Days until log lines are forgotten"
  type        = number
  default     = 30
}

variable "alarm_topics" {
  description = "ARNs of the SNS topics that alarms are sent to"
  type        = list(string)
  default     = []
}

// From the setting `notify` to those who are told.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "eider/app/aws_access.h"
#include "eider/base/result.h"
#include "eider/config/config.h"
#include "eider/errands/target.h"

namespace eider::app {

// They borrow from what `aws` gives, which is asked only where somebody is told over HTTP. Errors:
// kInvalid, those of AwsAccess::ServiceOf.
Result<std::vector<std::unique_ptr<errands::Target>>> OpenTargets(
    const config::Config& config, const std::function<AwsAccess&()>& aws);

}  // namespace eider::app

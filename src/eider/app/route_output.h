// Routes and what is wrong with them, as the `routes` commands print them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::app {

// The attributes that are set, in the order of the documentation, and always create_table.
JsonLine JsonOf(const routes::Route& route);

// One line per problem, in JSON where that is asked for: the result of a check.
void PrintProblems(Session& session, std::span<const routes::RouteProblem> problems);

// The same as errors of a command that wanted something else.
void PrintErrors(Session& session, std::span<const routes::RouteProblem> problems);

// The same, and how many: the exit code of a command that would have written.
int RefuseToWrite(Session& session, std::span<const routes::RouteProblem> problems);

void Append(std::vector<routes::RouteProblem>& problems,
            std::span<const routes::RouteProblem> further);

// The same for what is no mistake.
void PrintNotes(Session& session, std::span<const routes::RouteProblem> notes);

// What a run has against the routes' SQL before it reads a file. Errors: those of opening the
// engine.
Result<std::vector<routes::RouteProblem>> CheckSql(Session& session,
                                                   std::span<const routes::Route> routes,
                                                   const std::string& location);

}  // namespace eider::app

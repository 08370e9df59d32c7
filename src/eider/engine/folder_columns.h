// Columns of folders, such as year=2024/: they have one type for all files of a route, and never
// take the place of a column of the file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "eider/engine/reader_call.h"

namespace eider::engine {

// Whether the path has such folders.
bool HasFolderColumns(const std::string& path);

// The names of such folders with their types, in the path's order.
std::vector<std::pair<std::string, std::string>> FolderColumns(const std::string& path);

// Gives the call the types of its path's folders, unless it says something of them itself.
void TypeFolders(ReaderCall& call);

// Turns the folders' columns off where the file has a column of such a name, unless the call says
// something of them itself.
void KeepColumns(ReaderCall& call, const std::string& path, const std::vector<std::string>& names);

}  // namespace eider::engine

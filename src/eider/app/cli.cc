// Set-up of CLI11: subcommands, their options, and help that teaches by examples.
#include "eider/app/cli.h"

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/app/cli_examples.h"
#include "eider/app/commands.h"
#include "eider/app/console.h"
#include "eider/app/file_arguments.h"
#include "eider/app/json_line.h"
#include "eider/app/ledger_command_line.h"
#include "eider/app/look_command_line.h"
#include "eider/app/mistyped_word.h"
#include "eider/app/prepared_command_line.h"
#include "eider/app/program.h"
#include "eider/app/reader_program.h"
#include "eider/app/routes_command_line.h"
#include "eider/app/supervisor.h"
#include "eider/app/table_command_line.h"
#include "eider/app/work_journal.h"
#include "eider/base/advice.h"
#include "eider/base/clock.h"
#include "eider/base/log.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/config/config.h"
#include "eider/config/setting_table.h"

namespace eider::app {
namespace {

// At the end of a command: that what is left to do for files that ended may take.
constexpr Milliseconds kErrandsTimeMax{12'000};

// The options and, once parsed, what they hold.
class CommandLine {
 public:
  CommandLine() {
    app_.name("eider");
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.footer(kProgramExamples);
    app_.get_formatter()->column_width(36);
    app_.set_version_flag("--version", std::string(kVersion), "Print the version and exit");
    app_.set_help_flag("-h,--help", "Print this help and exit");
    AddSharedOptions();
    const auto add = [this](const std::string& name, const std::string& description,
                            const char* examples, Command command) {
      return AddCommand(app_, name, description, examples, std::move(command));
    };
    AddRun();
    look_.AddTo(add);
    AddRoutes();
    AddTable();
    AddRejects();
    AddSchema();
    AddPlugin();
    ledger_.AddTo(add);
    prepared_.AddTo(add);
    AddCommand(app_, "config", "Print the effective configuration and where each value came from",
               kConfigExamples, &ConfigCommand);
    AddReader();
    serve_ =
        AddCommand(app_, "serve", "Load what folders, queues and webhooks deliver, until stopped",
                   kServeExamples, &ServeCommand);
    AddSettings(*serve_, [](std::string_view name) { return name.starts_with(kOfServe); });
    lambda_ = AddCommand(app_, "lambda", "Serve a Lambda function's invocations", kLambdaExamples,
                         &LambdaCommand);
  }

  // An exit code when there is nothing more to do.
  std::optional<int> Parse(std::vector<std::string> arguments, Console& console) {
    for (std::string& argument : arguments) {
      // CLI11 takes "[x]" for a list and drops the brackets; as a path "./[x]" is the same file.
      if (argument.starts_with('[') && argument.ends_with(']')) argument.insert(0, "./");
    }
    std::vector<std::string> from_the_back(arguments.rbegin(), arguments.rend());
    try {
      app_.parse(std::move(from_the_back));
      return std::nullopt;
    } catch (const CLI::ParseError& error) {
      std::ostringstream complaint;  // holds arguments as they were typed
      const int exit_code = app_.exit(error, console.out, complaint);
      if (exit_code != 0) {
        const std::string hint = HintOfMistyped(app_, arguments);
        if (!hint.empty()) complaint.str(hint + "\nRun with --help for more information.\n");
      }
      console.err << PrintableLines(complaint.str());
      return exit_code == 0 ? kExitDone : kExitUsage;
    }
  }

  bool IsLambda() const { return lambda_->parsed(); }

  // What reads foreign bytes is watched over.
  bool IsSupervised() const {
    return lambda_->parsed() || serve_->parsed() || run_command_->parsed() || look_.parsed() ||
           plugin_test_->parsed() || schema_apply_->parsed() || ledger_.Loads() ||
           prepared_.Loads() || routes_.HasSample() || table_.HasSample();
  }

  // Whether files that broke off are read again, alone.
  bool ReadsAgain() const {
    return lambda_->parsed() || serve_->parsed() || run_command_->parsed() ||
           schema_apply_->parsed() || ledger_.Loads() || prepared_.Loads();
  }

  // Whether neither tables nor routes nor a ledger have to be configured.
  bool NeedsNoLake() const { return look_.NeedsNoLake() || plugin_test_->parsed(); }

  bool RestartsOnHangUp() const { return serve_->parsed(); }

  // Whether a worker could begin, with the configuration as it is now.
  Status CheckWorker(const Process& process, Console& console) {
    EIDER_ASSIGN(const auto program, OpenProgram(process));
    Session session = SessionOf(*program, process, console);
    return CheckServe(session);
  }

  // `journal`: of the worker that this process is; null: it is none.
  Result<int> Run(const Process& process, Console& console, WorkJournal* journal) {
    if (plain_command_) return plain_command_(console);
    EIDER_ASSIGN(const auto program, OpenProgram(process));
    BoundMemory(program->loaded().config.engine.process_memory_limit_bytes);
    RaiseOpenFiles();
    program->set_journal(journal);
    if (journal != nullptr) {
      journal->KeepTempDirectory(program->loaded().config.engine.temp_directory);
    }
    Session session = SessionOf(*program, process, console);
    Result<int> exit_code = command_(session);
    program->AwaitErrands(kErrandsTimeMax);
    return exit_code;
  }

 private:
  Result<std::unique_ptr<Program>> OpenProgram(const Process& process) {
    EIDER_ASSIGN(const auto log_level, ParseLogLevel(log_level_));
    EIDER_ASSIGN(auto loaded,
                 config::Load({config_file_, process.environment, process.environment_names,
                               settings_, process.working_directory, NeedsNoLake()}));
    return Program::Make(std::move(loaded), process.environment, log_level);
  }

  Session SessionOf(Program& program, const Process& process, Console& console) const {
    return {program, console, process.working_directory, is_json_, process.environment};
  }

  void AddSharedOptions() {
    app_.add_option("--config", config_file_, "The configuration file; else EIDER_CONFIG names it")
        ->type_name("FILE");
    app_.add_flag("--json", is_json_, "Print one JSON object per line, for machines");
    app_.add_option("--log-level", log_level_,
                    "trace, debug, info, warning, error or off; warning when not given")
        ->type_name("LEVEL");
    AddSettings(app_, [](std::string_view name) { return !name.starts_with(kOfServe); });
  }

  // A list may be given by repeating its flag.
  void AddSettings(CLI::App& app, bool (*is_taken)(std::string_view name)) {
    for (const config::SettingSpec& setting : config::SettingTable()) {
      if (!is_taken(setting.name)) continue;
      const std::string name(setting.name);
      auto* const option = app.add_option_function<std::string>(
          std::string(setting.flag),
          [this, name](const std::string& text) { settings_[name] = text; },
          std::string(setting.help));
      option->type_name(std::string(setting.placeholder));
      option->group("Settings, over environment and file");
      if (setting.placeholder.ends_with(",..")) option->join(',');
    }
  }

  CLI::App* AddGroup(const std::string& name, const std::string& description,
                     const char* examples) {
    CLI::App* group = app_.add_subcommand(name, description);
    group->require_subcommand(1);
    group->footer(std::string(examples) + "\n" + kSharedOptions);
    return group;
  }

  CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                       const char* examples, Command command) {
    CLI::App* subcommand = parent.add_subcommand(name, description);
    subcommand->footer(std::string(examples) + "\n" + kSharedOptions);
    subcommand->callback([this, command = std::move(command)] { command_ = command; });
    return subcommand;
  }

  // Not for people: who starts it is engine::IsolatedEngine.
  void AddReader() {
    CLI::App* reader = AddCommand(app_, "reader", "", "", [this](Session& session) {
      return ReaderCommand(session, reader_);
    });
    reader->group("");
    reader->add_option("PARENT", reader_.parent)->required();
    reader->add_flag("--dry-run", reader_.dry_run);
  }

  void AddRun() {
    CLI::App* run = run_command_ =
        AddCommand(app_, "run", "Load files into the tables of their routes", kRunExamples,
                   [this](Session& session) { return RunCommand(session, run_); });
    AddFileArguments(*run, run_.uris, run_.event);
    run->add_flag("--force", run_.force, "Load files again that are loaded already");
    run->add_flag("--remake-tables", run_.remake_tables,
                  "Make a missing table anew though files were loaded into it before");
    run->add_flag("--held", run_.held, "Load the files that are held in the ledger");
    run->add_flag("--dry-run", run_.dry_run, "Do all but the commit and the ledger");
    run->add_flag("--verbose", run_.verbose, "Print a line for every file, also for skipped ones");
  }

  void AddRoutes() {
    const char* const examples = RoutesCommandLine::Examples();
    CLI::App* routes = AddGroup("routes", "Show, check and edit the routes", examples);
    routes_.AddTo([this, routes](const std::string& name, const std::string& description,
                                 const char* command_examples, Command command) {
      return AddCommand(*routes, name, description, command_examples, std::move(command));
    });
    AddCommand(*routes, "schema", "The JSON schema of a route, for editors and other programs",
               examples, {})
        ->callback([this] { plain_command_ = &RoutesSchemaCommand; });
  }

  void AddTable() {
    CLI::App* table = AddGroup("table", "Look at the catalog's tables; create, drop or upgrade one",
                               TableCommandLine::Examples());
    table_.AddTo(
        [this, table](const std::string& name, const std::string& description, Command command) {
          return AddCommand(*table, name, description, TableCommandLine::Examples(),
                            std::move(command));
        });
  }

  void AddRejects() {
    CLI::App* rejects = AddGroup("rejects", "Look at rows that were put aside", kRejectsExamples);
    AddCommand(*rejects, "list", "Every table of rejects, and how many rows it has",
               kRejectsExamples, &RejectsListCommand);
    CLI::App* show =
        AddCommand(*rejects, "show", "The rejected rows of a table", kRejectsExamples,
                   [this](Session& session) { return RejectsShowCommand(session, rejects_); });
    show->add_option("TABLE", rejects_.table,
                     "The table, as namespace.table, or its table of rejects")
        ->type_name("")
        ->required();
    show->add_option("--file", rejects_.file, "Only rows of this file")->type_name("URI");
    show->add_option("--rows", rejects_.rows, "How many; 20 when not given")
        ->type_name("N")
        ->check(CLI::Range(0, 100'000));
  }

  void AddPlugin() {
    CLI::App* plugin = AddGroup("plugin", "Programs that rows go through", kPluginExamples);
    plugin_test_ = AddCommand(
        *plugin, "test", "Send a file's rows through one, and show what comes of them",
        kPluginExamples, [this](Session& session) { return PluginTestCommand(session, plugin_); });
    plugin_test_->add_option("NAME", plugin_.name, "The plug-in")->type_name("")->required();
    plugin_test_->add_option("FILE", plugin_.file, "s3://bucket/key or a path")
        ->type_name("")
        ->required();
    plugin_test_->add_option("--sql", plugin_.sql, "SQL that makes the rows it gets")
        ->type_name("SQL");
  }

  void AddSchema() {
    CLI::App* schema = AddGroup(
        "schema", "Changes of tables that files wait for: see and make them", kSchemaExamples);
    AddCommand(*schema, "list", "Every table that files wait for, and how it would change",
               kSchemaExamples, &SchemaListCommand);
    const auto add = [&](const std::string& name, const std::string& description,
                         Result<int> (*run)(Session&, const SchemaOptions&)) {
      CLI::App* command =
          AddCommand(*schema, name, description, kSchemaExamples,
                     [this, run](Session& session) { return run(session, schema_); });
      command->add_option("TABLE", schema_.table, "The table, as namespace.table")
          ->type_name("")
          ->required();
      return command;
    };
    add("diff", "What the files lack in the table as it is", &SchemaDiffCommand);
    schema_apply_ =
        add("apply", "Change the table, and load the files that waited", &SchemaApplyCommand);
    schema_apply_->add_flag("--yes", schema_.yes, "Ask nobody");
  }

  CLI::App app_{
      "Moves files into Apache Iceberg tables: each file's route says which table gets its "
      "rows and which SQL shapes them."};
  std::optional<std::string> config_file_;
  std::string log_level_ = "warning";
  bool is_json_ = false;
  std::map<std::string, std::string> settings_;  // by flags
  RunOptions run_;
  ReaderOptions reader_;
  LookCommandLine look_;
  RoutesCommandLine routes_;
  LedgerCommandLine ledger_;
  PreparedCommandLine prepared_;
  TableCommandLine table_;
  RejectsShowOptions rejects_;
  SchemaOptions schema_;
  PluginTestOptions plugin_;

  Command command_;
  std::function<Result<int>(Console&)> plain_command_;    // needs no configuration
  static constexpr std::string_view kOfServe = "serve.";  // settings of no other command

  const CLI::App* lambda_ = nullptr;
  CLI::App* serve_ = nullptr;
  CLI::App* run_command_ = nullptr;
  CLI::App* schema_apply_ = nullptr;
  CLI::App* plugin_test_ = nullptr;
};

// Whether the bound of the process's memory had it thrown: no thread without its stack.
bool IsForWantOfMemory(const std::exception& exception) {
  if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr) return true;
  const auto* const error = dynamic_cast<const std::system_error*>(&exception);
  return error != nullptr && error->code() == std::errc::resource_unavailable_try_again;
}

void TellOfException(Console& console, const std::exception& exception) {
  if (!IsForWantOfMemory(exception)) {
    return PrintError(console, fmt::format("internal error: {}", exception.what()));
  }
  PrintError(console, fmt::format("this process has too little memory ({}): {}", exception.what(),
                                  kRaiseProcessMemory));
}

// Why a worker ended, for the terminal or for the function's log.
void TellOfWorker(Console& console, const WorkerEnd& end, const CommandLine& command_line) {
  std::string message = end.why;
  if (!end.files.empty()) {
    const std::string_view next = end.is_stop                 ? ""
                                  : command_line.ReadsAgain() ? ", and these are read alone now"
                                                              : ", and this is not read again";
    message += fmt::format("; it had in work{}: {}", next, fmt::join(end.files, ", "));
  }
  if (command_line.IsLambda()) {
    PrintJson(console, {{"level", "error"}, {"message", codec::ShortMessage(message)}});
  } else {
    PrintError(console, message);
  }
}

int RunParsed(CommandLine& command_line, const Process& process, Console& console,
              WorkJournal* journal) {
  const Result<int> exit_code = command_line.Run(process, console, journal);
  if (exit_code) return *exit_code;
  PrintError(console, exit_code.error().message);
  if (command_line.IsLambda()) ReportInitError(process.environment, exit_code.error().message);
  return kExitUsage;
}

// Never throws.
int RunSafely(CommandLine& command_line, const Process& process, Console& console,
              WorkJournal* journal) {
  try {
    return RunParsed(command_line, process, console, journal);
  } catch (const std::exception& exception) {
    TellOfException(console, exception);
    return kExitFailed;
  }
}

bool MayRestart(CommandLine& command_line, const Process& process, Console& console) {
  try {
    const Status checked = command_line.CheckWorker(process, console);
    if (!checked) PrintError(console, "the worker goes on as it was: " + checked.error().message);
    return checked.has_value();
  } catch (const std::exception& exception) {
    TellOfException(console, exception);
    return false;
  }
}

int RunSupervised(CommandLine& command_line, const Process& process, Console& console) {
  Supervised supervised = {
      .work =
          [&](WorkJournal& journal) { return RunSafely(command_line, process, console, &journal); },
      .tell = [&](const WorkerEnd& end) { TellOfWorker(console, end, command_line); }};
  if (command_line.RestartsOnHangUp()) {
    supervised.may_restart = [&] { return MayRestart(command_line, process, console); };
  }
  return Supervise(supervised);
}

}  // namespace

void PrintError(Console& console, std::string_view message) {
  console.err << Paint("eider:", Color::kRed, console.colors_err) << ' '
              << PrintableMessage(message) << std::endl;
}

int RunProgram(const Process& process, Console& console) {
  try {
    CommandLine command_line;
    if (const auto exit_code = command_line.Parse(process.arguments, console)) return *exit_code;
    if (process.is_supervised && command_line.IsSupervised()) {
      return RunSupervised(command_line, process, console);
    }
    return RunSafely(command_line, process, console, nullptr);
  } catch (const std::exception& exception) {
    TellOfException(console, exception);
    return kExitFailed;
  }
}

}  // namespace eider::app

#include "models/kms/database.hpp"

#include <sqlite3.h>

namespace assay::kms {
namespace {

[[noreturn]] void fail(sqlite3* database, const char* call) {
    throw StoreError{std::string{call} + ": " +
                     (database == nullptr ? "out of memory" : sqlite3_errmsg(database))};
}

void require(int code, sqlite3* database, const char* call) {
    if (code != SQLITE_OK) fail(database, call);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement::Statement(sqlite3* database, const char* sql) : database_(database) {
    sqlite3_stmt* made = nullptr;
    require(sqlite3_prepare_v2(database, sql, -1, &made, nullptr), database, "sqlite3_prepare_v2");
    statement_.reset(made);
}

Statement& Statement::bind(std::int64_t value) {
    require(sqlite3_bind_int64(statement_.get(), ++bound_, value), database_, "sqlite3_bind_int64");
    return *this;
}

Statement& Statement::bind(std::string_view text) {
    require(sqlite3_bind_text64(statement_.get(), ++bound_, text.empty() ? "" : text.data(), text.size(),
                                SQLITE_TRANSIENT, SQLITE_UTF8),
            database_, "sqlite3_bind_text64");
    return *this;
}

Statement& Statement::bind(ByteView blob) {
    const int code = blob.empty() ? sqlite3_bind_zeroblob(statement_.get(), ++bound_, 0)
                                  : sqlite3_bind_blob64(statement_.get(), ++bound_, blob.data(), blob.size(),
                                                        SQLITE_TRANSIENT);
    require(code, database_, "sqlite3_bind_blob64");
    return *this;
}

Statement& Statement::bind(std::optional<std::int64_t> value) {
    if (value) return bind(*value);
    require(sqlite3_bind_null(statement_.get(), ++bound_), database_, "sqlite3_bind_null");
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail(database_, "sqlite3_step");
    return false;
}

void Statement::run() {
    while (step()) {
    }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::optional<std::int64_t> Statement::maybe_integer(int column) const {
    if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return {};
    return integer(column);
}

std::string Statement::text(int column) const { return std::string{as_text(blob(column))}; }

Bytes Statement::blob(int column) const {
    const void* const data = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    if (data == nullptr) return {};
    const auto* const bytes = static_cast<const std::uint8_t*>(data);
    return {bytes, bytes + size};
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Database::Database(const std::optional<std::filesystem::path>& file) {
    sqlite3* made = nullptr;
    const std::string name = file ? file->string() : ":memory:";
    const int code = sqlite3_open_v2(
        name.c_str(), &made, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(made);
    require(code, made, "sqlite3_open_v2");
    sqlite3_extended_result_codes(made, 1);
    execute("PRAGMA foreign_keys = ON");
    execute("PRAGMA secure_delete = ON");
    execute("PRAGMA synchronous = EXTRA");  // the directory entry of the journal, too
    execute("PRAGMA journal_mode = DELETE");
    execute("PRAGMA temp_store = MEMORY");
    execute("PRAGMA trusted_schema = OFF");
}

void Database::execute(const char* sql) {
    require(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr), handle_.get(), "sqlite3_exec");
}

Bytes Database::image() const {
    sqlite3_int64 size = 0;
    unsigned char* const data = sqlite3_serialize(handle_.get(), "main", &size, 0);
    if (data == nullptr) fail(nullptr, "sqlite3_serialize");
    Bytes out{data, data + size};
    sqlite3_free(data);
    return out;
}

int Database::changes() const { return sqlite3_changes(handle_.get()); }

Transaction::Transaction(Database& database) : database_(&database) { database.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
    if (database_ == nullptr) return;
    try {
        database_->execute("ROLLBACK");
    } catch (const StoreError&) {  // SQLite rolled back by itself when the statement failed
    }
}

void Transaction::commit() {
    database_->execute("COMMIT");
    database_ = nullptr;
}

}  // namespace assay::kms

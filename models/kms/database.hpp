// SQLite, as little of it as the store needs. Internal to models/kms.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>

#include "sim/base/bytes.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace assay::kms {

/// The store failed: names the call and SQLite's own words, never data.
class StoreError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One run of a statement. Values are bound in order, columns are read by index from 0.
class Statement {
public:
    Statement(sqlite3* database, const char* sql);

    Statement& bind(std::int64_t value);
    Statement& bind(std::string_view text);
    Statement& bind(ByteView blob);
    Statement& bind(std::optional<std::int64_t> value);

    /// True while there is a row.
    bool step();
    /// For statements that give no rows.
    void run();

    std::int64_t integer(int column) const;
    std::optional<std::int64_t> maybe_integer(int column) const;
    std::string text(int column) const;
    Bytes blob(int column) const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    sqlite3* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bound_ = 0;
};

class Database {
public:
    /// Without `file` everything is in memory and gone with the object. With it, what was committed is on the
    /// disk before the commit returns, and what is deleted is overwritten.
    explicit Database(const std::optional<std::filesystem::path>& file);

    Statement prepare(const char* sql) { return Statement{handle_.get(), sql}; }
    void execute(const char* sql);
    /// The whole database, as its file would be.
    Bytes image() const;
    /// Rows changed by the statement that ran last.
    int changes() const;

private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<sqlite3, Close> handle_;
};

/// All of what happens during its life, or, unless commit() was reached, nothing of it.
class Transaction {
public:
    explicit Transaction(Database& database);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

private:
    Database* database_;
};

}  // namespace assay::kms

// A case's log as bytes, from the child that runs it to the parent that judges it: records, each behind its
// length, so that what was told before a crash is there after it.
#pragma once
#include "conformance/case_log.hpp"

namespace assay::conformance {

/// Writes to a SOCK_SEQPACKET socket. Throws std::system_error when the parent is gone.
class CaseStreamWriter final : public CaseLog {
public:
    explicit CaseStreamWriter(int socket) : socket_(socket) {}
    void called(const Event& request) override;
    void returned() override;
    void event(const Event& event) override;
    void attached(const Evidence& evidence) override;
    void checked(bool held) override;
    void ended(const CaseEnd& end) override;

private:
    void send(ByteView record);
    int socket_;
};

/// Reads what comes in packets and tells `log`.
class CaseStreamReader {
public:
    explicit CaseStreamReader(CaseLog& log) : log_(log) {}
    /// False once a record is not one, or the case told more than max_total bytes: nothing after it is read.
    [[nodiscard]] bool take(ByteView packet);

    static constexpr std::size_t max_total = 256u << 20;

private:
    CaseLog& log_;
    Bytes pending_;
    std::size_t total_ = 0;
    bool broken_ = false;
};

}  // namespace assay::conformance

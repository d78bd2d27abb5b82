#include "models/ohttp/client_module.hpp"

namespace assay::ohttp {

ClientModule::ClientModule(const sc_core::sc_module_name& name, const crypto::Context& context,
                           const Clock& clock, KeyAuthority& authority, ClientPolicy policy,
                           const kernel::TimingProfile& profile, EventSink& events)
    : sc_module(name),
      context_(context),
      clock_(clock),
      authority_(authority),
      policy_(std::move(policy)),
      seal_(profile.time("client.seal")),
      open_(profile.time("client.open")),
      events_(events) {
    reset();
}

void ClientModule::reset() {
    sealed_.reset();
    core_.emplace(context_, clock_, authority_, policy_);
}

void ClientModule::tell(std::string name, const std::optional<ClientError>& error) {
    Event event{.kind = Event::Kind::check, .actor = "client", .name = std::move(name)};
    if (error) {
        event.outcome = Event::Outcome::refused;
        event.detail = std::string{error->code} + ": " + error->what;
    }
    events_.on(std::move(event));
}

std::optional<ClientError> ClientModule::adopt(ByteView list, ByteView evidence,
                                               std::optional<ByteView> second) {
    auto error = core_->adopt(list, evidence, second);
    if (error) core_.emplace(context_, clock_, authority_, policy_);
    tell("key configuration", error);
    return error;
}

std::optional<ClientError> ClientModule::fetch_keys(ByteView evidence, const std::string& target) {
    const HttpRequest request{.method = "GET", .target = target};
    std::vector<HttpResponse> answers{relay->serve(request)};
    for (int i = 0; i < direct.size(); ++i) answers.push_back(direct[i]->serve(request));
    for (const HttpResponse& answer : answers)
        if (answer.status != 200 || media_type(answer.fields) != keys_media_type) {
            core_.emplace(context_, clock_, authority_, policy_);
            const ClientError error{"E_KEYCONFIG_AUTH", "no key configurations came"};
            tell("key configuration", error);
            return error;
        }
    return adopt(answers.front().body, evidence,
                 answers.size() > 1 ? std::optional<ByteView>{answers.back().body} : std::nullopt);
}

Result<bhttp::Response, ClientError> ClientModule::exchange(const bhttp::Request& request,
                                                            std::span<std::uint8_t> scratch,
                                                            std::span<std::uint8_t> room) {
    wait(seal_);
    {
        auto sealed = core_->seal(request, scratch);
        if (!sealed) {
            tell("request", sealed.error());
            return sealed.error();
        }
        sealed_ = *std::move(sealed);
    }
    const HttpResponse answer = relay->serve(sealed_->request);
    wait(open_);
    auto response = core_->open(*sealed_, answer, room);
    sealed_.reset();
    tell("response", response ? std::nullopt : std::optional{response.error()});
    return response;
}

}  // namespace assay::ohttp

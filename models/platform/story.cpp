#include "models/platform/story.hpp"

#include <nlohmann/json.hpp>

namespace assay::platform {
namespace {

using nlohmann::json;

constexpr std::size_t client_room = 128 << 10;
constexpr unsigned ok_status = 200, first_error = 400;

/// A finding's line without the code that stands beside it anyway.
std::string without_code(std::string_view code, std::string line) {
    if (line.starts_with(std::string{code} + ": ")) line.erase(0, code.size() + 2);
    return line;
}

}  // namespace

std::string text_member(const HttpResponse& answer, const char* name) {
    const auto body = json::parse(as_text(answer.body), nullptr, false);
    if (!body.is_object() || !body.value(name, json{}).is_string()) return {};
    return body[name].get<std::string>();
}

void Story::begin() {
    attested_ = {};
    w_.guest.connect({.tpm = [this](ByteView command) { return machine_.tpm_driver.execute(command); },
                      .control = [this](std::string_view command,
                                        ByteView line) { return machine_.control_plane.send(command, line); },
                      .agent = &machine_.agent.core(),
                      .gpu = this});
    watch_links();
}

/// An adversary sits on a link where the scenario has one; an observer notes ids and nonces on all of them.
void Story::watch_links() {
    const Tampering& wrong = w_.scene.tampering;
    Machine& m = machine_;
    for (ohttp::NetworkModule* link : {&m.vm_kms, &m.client_kms}) {
        link->on_request = wrong.key_request;
        link->on_response = wrong.key_answer;
    }
    m.client_link.copies = wrong.replay_request ? 2 : 1;
    m.client_link.on_request = [this](HttpRequest& request) {
        if (w_.scene.tampering.to_relay) w_.scene.tampering.to_relay(request);
        // key id (1), KEM, KDF and AEAD ids (2 each), then 32 bytes of X25519 (RFC 9458, 4.1)
        constexpr std::size_t enc_at = 7, enc_size = 32;
        if (request.body.size() < enc_at + enc_size) return;
        const ByteView enc = ByteView{request.body}.subspan(enc_at, enc_size);
        w_.ids.push_back({"hpke enc", {enc.begin(), enc.end()}});
    };
    m.client_link.on_response = [this](HttpResponse& response) {
        w_.request.answer.outer = response;
    };
    const auto note_id = [this](const char* hop, const HttpRequest& request) {
        if (const std::string* id = find_field(request.fields, ohttp::hop_id_field))
            w_.ids.push_back({hop, from_hex(*id).value_or(Bytes{})});
    };
    m.relay_link.on_request = [this, note_id](HttpRequest& request) {
        w_.request.at_balancer = true;
        note_id("relay", request);
    };
    m.vm_link.on_request = [this, note_id](HttpRequest& request) {
        w_.request.at_vm = true;
        note_id("balancer", request);
        if (w_.scene.tampering.to_gateway) w_.scene.tampering.to_gateway(request);
    };
    m.vm_link.on_response = wrong.from_gateway;
    m.data_path.host.on_record = [this](gpu::Direction direction, ByteView record) {
        // channel and counter: what the nonce of the record is made of, with the key of its direction
        constexpr std::size_t nonce_at = 4, nonce_size = 12;
        if (record.size() < nonce_at + nonce_size) return;
        const bool to_device = direction == gpu::Direction::host_to_device;
        Bytes nonce{static_cast<std::uint8_t>(direction)};
        append(nonce, record.subspan(nonce_at, nonce_size));
        w_.ids.push_back({to_device ? "dma host-to-device" : "dma device-to-host", std::move(nonce)});
    };
}

Outcome Story::run(Stage stage) {
    switch (stage) {
        case Stage::power_on: return Nothing{};
        case Stage::boot: return boot();
        case Stage::attest: return attest();
        case Stage::release: return release();
        case Stage::admit: return admit();
        case Stage::serve: return hostile();
    }
    return Nothing{};
}

Outcome Story::boot() {
    if (const auto& refusal = gpu_.device().refusal())
        return refuse(Stage::boot, "gpu", "E_SVN_ROLLBACK",
                      "the boot ROM refuses " + refusal->stage + ": " + refusal->what);
    machine_.data_path.device.power_on_reset(gpu_.device().mode());
    w_.vtpm.power_on();
    return w_.guest.boot();
}

HttpResponse Story::ask_kms(const std::string& target, const std::string& body) {
    const ByteView bytes = as_bytes(body);
    return machine_.vm_kms.in->serve({"POST",
                                      target,
                                      {{"content-type", "application/json"},
                                       {"authorization", "Bearer " + w_.outside.gateway_credential()}},
                                      {bytes.begin(), bytes.end()}});
}

Result<Story::Attested, Refusal> Story::attest_for_release() {
    const Tampering& wrong = w_.scene.tampering;
    const HttpResponse challenge = ask_kms("/v1/challenge", "{}");
    const std::string nonce_text = text_member(challenge, "nonce");
    const auto issued = from_base64url(nonce_text);
    if (challenge.status != ok_status || !issued)
        return refuse(Stage::attest, "kms", text_member(challenge, "code"), "no challenge");
    Bytes nonce = *issued;
    if (wrong.evidence_nonce) wrong.evidence_nonce(nonce);

    spdm::Nonce gpu_nonce{};
    Bytes asked = w_.guest.gpu_nonce(nonce);
    if (wrong.gpu_nonce) wrong.gpu_nonce(asked);
    std::ranges::copy(asked, gpu_nonce.begin());
    const auto evidence = gpu_.collect(gpu_nonce);
    if (!evidence) return refuse(Stage::attest, "gpu", "E_SPDM", evidence.error().what);
    std::string gpu_text = gpu::write_evidence({*evidence});
    if (wrong.gpu_evidence) wrong.gpu_evidence(gpu_text);

    auto composite = w_.guest.evidence(nonce, std::move(gpu_text));
    if (!composite) return composite.error();
    auto token = appraise(*std::move(composite), *issued);
    if (!token) return token.error();
    return Attested{*std::move(token), nonce_text};
}

Result<std::string, Refusal> Story::appraise(cvm::CompositeEvidence evidence, Bytes nonce) {
    const Tampering& wrong = w_.scene.tampering;
    if (wrong.evidence) wrong.evidence(evidence);
    if (wrong.verifier_nonce) wrong.verifier_nonce(nonce);
    const HttpResponse answer = machine_.vm_verifier.in->serve(
        verifier::AttestationEndpoint::appraisal_request(nonce, cvm::write_evidence(evidence)));
    std::string token = text_member(answer, "token");
    if (answer.status != ok_status || token.empty()) {
        const auto body = json::parse(as_text(answer.body), nullptr, false);
        std::string why = "status " + std::to_string(answer.status);
        const std::string code = text_member(answer, "code");
        if (body.is_object() && body.contains("refusals")) why = body["refusals"][0].value("text", why);
        return refuse(Stage::attest, "verifier", code, without_code(code, why));
    }
    w_.scene.state("vm", "attested", "result token (EAT, ES384)");
    if (wrong.token) wrong.token(token);
    return token;
}

Outcome Story::attest() {
    auto done = attest_for_release();
    if (!done) return done.error();
    attested_ = *std::move(done);
    w_.token = attested_.token;
    return Nothing{};
}

Result<Secret, Refusal> Story::release_key(const std::string& kid, const Attested& what) {
    const Tampering& wrong = w_.scene.tampering;
    if (wrong.delay_before_release.count() > 0) w_.scene.clock.skip(wrong.delay_before_release);
    const HttpResponse answer =
        ask_kms("/v1/keys/" + kid + "/release",
                json{{"token", what.token}, {"nonce", what.nonce}, {"enc", "RSA_AES_KEY_WRAP_256"}}.dump());
    if (answer.status != ok_status) {
        const auto trail = w_.outside.service().audit();
        std::string reason = text_member(answer, "code");
        if (!trail.empty() && !trail.back().reason.empty()) reason = trail.back().reason;
        return refuse(
            Stage::release, "kms", reason,
            "status " + std::to_string(answer.status) + " for " + kid +
                (trail.empty() || trail.back().pointer.empty() ? "" : " at " + trail.back().pointer));
    }
    if (wrong.after_release)
        wrong.after_release([&](ByteView command) { return machine_.tpm_driver.execute(command); });
    return w_.guest.unwrap(answer);
}

Outcome Story::release() {
    const std::string& kid = w_.outside.prompt_kid();
    auto prompt_key = release_key(kid, attested_);
    if (!prompt_key) return prompt_key.error();
    const HttpResponse keys = machine_.vm_kms.in->serve({"GET", "/v1/keys"});
    const auto listed = json::parse(as_text(keys.body), nullptr, false);
    Bytes published;
    if (listed.is_array())
        for (const auto& one : listed)
            if (one.value("kid", "") == kid)
                published = from_hex(one.value("publicKey", "")).value_or(Bytes{});
    if (const auto taken = w_.guest.take_prompt_key(*std::move(prompt_key), published); !taken) return taken;

    // The model's key has a challenge, evidence and a token of its own: a nonce is for one release.
    const auto again = attest_for_release();
    if (!again) return again.error();
    w_.token = again->token;
    auto key = release_key(std::string{model_key_name}, *again);
    if (!key) return key.error();
    w_.guest.keep_model_key(*std::move(key));
    return Nothing{};
}

Outcome Story::admit() {
    const auto refused = [&](const labels::Refusal& r) {
        return refuse(Stage::admit, "gpu", r.code, r.what);
    };
    gpu::GuestDriver& driver = machine_.data_path.guest.driver();
    if (const auto obeyed = w_.guest.obey(Stage::admit, sandbox_commands(deployment_)); !obeyed)
        return obeyed;

    // The GPU that was attested is the one at the other end of the channel: its keys come from the SPDM
    // session.
    const auto session = gpu_.establish_session();
    if (!session) return refuse(Stage::admit, "gpu", "E_SPDM", session.error().what);
    if (const auto opened = machine_.data_path.open(gpu_.session_export_secret()); !opened)
        return refused(opened.error());
    if (const auto ready = driver.set_ready(); !ready) return refused(ready.error());
    w_.scene.state("gpu", "ready", "accepts work of the attested VM");
    w_.guest.gpu_attested();

    const auto vocabulary = w_.guest.read_file(deployment_.tokenizer);
    if (!vocabulary) return vocabulary.error();
    if (const auto loaded = w_.guest.load_tokenizer(*vocabulary); !loaded) return loaded;
    const auto image = w_.guest.read_file(deployment_.model);
    if (!image) return image.error();
    const auto sealed = unpack_model(*image);
    if (!sealed) return refuse(Stage::admit, "guest", "E_FORMAT", sealed.error());
    if (const auto loaded = driver.load_model(*sealed, w_.guest.model_key()); !loaded)
        return refused(loaded.error());
    w_.scene.state("gpu", "model in HBM",
                   std::to_string(sealed->image_size) + " bytes, opened on the device only");
    w_.guest.forget_model_key();
    machine_.balancer.set_ready(0, true);
    return Nothing{};
}

Outcome Story::hostile() {
    const Tampering& wrong = w_.scene.tampering;
    if (!wrong.dma_fault.empty()) {
        const gpu::FaultRow* fault = gpu::find_fault(wrong.dma_fault);
        if (fault == nullptr) throw std::logic_error("no such fault of the data path");
        if (const auto injected = machine_.data_path.inject(fault->fault); !injected)
            return refuse(Stage::serve, "gpu", injected.error().code, injected.error().what);
    }
    for (const ControlCommand& one : wrong.hostile_commands) {
        const Bytes before = w_.guest.agent().state_digest();
        const runtime::Decision decision = w_.guest.control(one.command, one.input);
        if (decision.allowed())
            return refuse(Stage::serve, "order_monitor", "E_CONFIG_DRIFT", one.command + " was allowed");
        if (w_.guest.agent().state_digest() != before)
            return refuse(Stage::serve, "order_monitor", "E_CONFIG_DRIFT",
                          one.command + " was denied and changed something");
        return refuse(Stage::serve, "runtime",
                      decision.reason.empty() ? runtime::name(decision.code) : decision.reason,
                      one.command + ": " + std::string{runtime::name(decision.code)} + " at " + decision.at);
    }
    return Nothing{};
}

Outcome Story::prepare_client() {
    if (w_.client_ready) return Nothing{};
    const Tampering& wrong = w_.scene.tampering;
    Bytes list = machine_.client_kms.in->serve({"GET", "/v1/ohttp-keys"}).body;
    // Asked for once more, on the same link: a list that is made for one client shows where it changes.
    const Bytes second =
        wrong.second_key_list ? machine_.client_kms.in->serve({"GET", "/v1/ohttp-keys"}).body : Bytes{};
    const HttpResponse keys = machine_.client_kms.in->serve({"GET", "/v1/keys"});
    const auto listed = json::parse(as_text(keys.body), nullptr, false);
    std::string receipt_text;
    if (listed.is_array() && !listed.empty()) receipt_text = listed.front().value("receipt", "");
    const ByteView receipt_view = as_bytes(receipt_text);
    Bytes receipt{receipt_view.begin(), receipt_view.end()};
    std::string token = w_.token;
    if (wrong.key_list) wrong.key_list(list);
    if (wrong.receipt) wrong.receipt(receipt);
    if (wrong.client_token) wrong.client_token(token);
    const auto fault =
        machine_.client.adopt(list, key_evidence(as_text(receipt), token),
                              wrong.second_key_list ? std::optional<ByteView>{second} : std::nullopt);
    if (fault) return refuse(Stage::serve, "client", fault->code, fault->what);
    w_.scene.state("client", "key accepted", "receipt and token hold");
    w_.client_ready = true;
    return Nothing{};
}

/// What the content oracle knows of a prompt: its canary, hashes of it, its tokens.
void Story::look_for(const Prompt* known) {
    w_.content.emplace(random_);
    if (known == nullptr) return;
    if (!known->canary.empty()) w_.content->add(labels::forms_of_canary(as_bytes(known->canary)));
    if (!known->text.empty()) w_.content->add(labels::hashes_of(as_bytes(known->text), "prompt"));
    w_.content->add(labels::forms_of_tokens(words_.encode(known->text)));
}

HttpResponse Story::in_vm(const HttpRequest& request) {
    Request& r = w_.request;
    const auto fail = [&](std::string_view component, std::string_view code, std::string what) {
        r.inside = refuse(Stage::serve, component, code, std::move(what));
    };
    r.inside.reset();
    const auto subject = registry_.admit();
    if (!subject) {
        fail("runtime", subject.error().code, subject.error().what);
        return {.status = 503};
    }
    HttpResponse answer = w_.guest.serve(request, *subject);
    // An observer's copy, outside the platform: what is compared with the reference path.
    const auto tokens = w_.guest.memory().output.values<std::uint32_t>(0, w_.guest.last_token_count());
    r.answer.tokens.assign(tokens.begin(), tokens.end());
    look_for(r.known);
    labels::Participant* others[] = {&w_.guest};
    r.answer.deletion = machine_.data_path.guest.driver().end(
        *subject, w_.guest.last_refusal() ? labels::EndKind::rejected : labels::EndKind::completed,
        &*w_.content, others);
    w_.scene.spend("vm.delete");
    w_.scene.did("vm", "deletes the request", r.answer.deletion.complete ? "complete" : "failed");
    if (w_.guest.last_refusal()) {
        r.inside = w_.guest.last_refusal();
    } else if (!r.answer.deletion.complete) {
        const auto& why = r.answer.deletion.refusals.front();
        fail("deletion_oracle", why.code, without_code(why.code, why.text()));
    }
    return answer;
}

Result<Answer, Refusal> Story::serve(const Prompt& prompt) {
    if (const auto ready = prepare_client(); !ready) return ready.error();
    Secret scratch{client_room}, room{client_room};
    const std::string path = std::string{completions_path} + "?steps=" + std::to_string(prompt.steps);
    ohttp::bhttp::Request inner{"POST", "https", service_authority, path};
    inner.fields = {{"content-type", "text/plain"}};
    inner.content = as_bytes(prompt.text);

    Request& r = w_.request;
    r = {.known = &prompt};
    const auto opened = machine_.client.exchange(inner, scratch.bytes(), room.bytes());
    r.known = nullptr;
    if (r.inside) return *r.inside;
    const std::string status = "status " + std::to_string(r.answer.outer.status);
    if (r.answer.outer.status >= first_error && !r.at_vm)
        return r.at_balancer ? refuse(Stage::serve, "balancer", "E_TARGETING", status)
                             : refuse(Stage::serve, "relay", "E_TARGET_DENIED", status);
    if (!opened) return refuse(Stage::serve, "client", opened.error().code, opened.error().what);
    if (opened->status != ok_status)
        return refuse(Stage::serve, "gateway", "E_STATUS", "status " + std::to_string(opened->status));
    r.answer.text = as_text(opened->content);
    w_.scene.state("client", "answer read",
                   std::to_string(labels::bucket(opened->content.size())) + " bytes at most");
    return std::move(r.answer);
}

Result<std::size_t, labels::Refusal> Story::run(const labels::Subject& subject,
                                                const labels::LabelledStore& from, labels::Range prompt,
                                                std::size_t limit, labels::LabelledStore& to,
                                                std::size_t at) {
    w_.scene.did("worker", "hands token ids to the GPU", "sealed, through the bounce buffer");
    auto made =
        machine_.data_path.guest.driver().run(subject, from, prompt, to, at, static_cast<unsigned>(limit));
    if (made)
        w_.scene.did("gpu", "has run the layers", std::to_string(labels::bucket(*made)) + " tokens at most");
    return made;
}

}  // namespace assay::platform

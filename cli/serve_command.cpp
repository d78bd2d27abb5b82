// `assay serve`: models behind the sockets that their real counterparts have, on loopback unless told
// otherwise.
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "cli/commands.hpp"
#include "cli/serving.hpp"
#include <fmt/format.h>

#include "models/cvm/vtpm_profile.hpp"
#include "models/ohttp/http_endpoint.hpp"
#include "models/platform/reference_platform.hpp"
#include "models/tpm/crb_module.hpp"
#include "models/tpm/swtpm_server.hpp"

namespace assay::cli {
namespace {

volatile std::sig_atomic_t stop_serving = 0;
bool asked_to_stop() { return stop_serving != 0; }

/// The one way from the threads of sockets into the simulation, which runs in the main thread alone.
class Bridge {
public:
    /// What `job` returns, run in the thread that serves; `ended` once serving has ended, `failed` where it
    /// threw.
    template <class Answer>
    Answer run(std::function<Answer()> job, const Answer& ended, const Answer& failed) {
        std::promise<Answer> promise;
        std::future<Answer> answer = promise.get_future();
        {
            const std::lock_guard lock{mutex_};
            if (closed_) return ended;
            jobs_.push_back([&promise, &failed, job = std::move(job)] {
                try {
                    promise.set_value(job());
                } catch (const std::exception&) {
                    promise.set_value(failed);
                }
            });
        }
        wake_.notify_one();
        return answer.get();
    }

    /// Runs jobs until a signal asks for the end; those that wait then are still run.
    void serve() {
        constexpr std::chrono::milliseconds look_up{200};
        for (;;) {
            std::unique_lock lock{mutex_};
            wake_.wait_for(lock, look_up, [this] { return !jobs_.empty(); });
            if (jobs_.empty()) {
                if (stop_serving == 0) continue;
                closed_ = true;
                return;
            }
            const auto job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            job();
        }
    }

private:
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> jobs_;
    bool closed_ = false;
};

struct Door {
    std::string_view what;
    std::uint16_t offset;  // from the first port
    std::string_view meaning;
    HttpResponse (platform::ReferencePlatform::*handler)(const HttpRequest&);
};
constexpr std::uint16_t default_port = 8080;
constexpr std::array doors{
    Door{"gateway", 0, "oblivious HTTP: POST /, GET /ohttp-keys, GET /attestation",
         &platform::ReferencePlatform::gateway},
    Door{"kms", 1, "key management service: /v1/keys, /v1/challenge, ...", &platform::ReferencePlatform::kms},
    Door{"verifier", 2, "verifier: POST /v1/challenge, /v1/attest, /v1/appraise, GET /v1/keys",
         &platform::ReferencePlatform::verifier},
};
constexpr std::uint16_t vtpm_offset = 3;  // and control on the port after it

constexpr std::uint16_t default_tpm_port = 2321;

/// A TPM of its own: as swtpm, data on the port and control on the next; as the reference simulator, commands
/// and platform; with both, the simulator's two follow swtpm's two.
int serve_tpm(const ServeArguments& a, Console& console) {
    const std::string name = a.profile.empty() ? "plain" : a.profile;
    const cvm::VtpmProfile* profile = cvm::find_vtpm_profile(name);
    if (profile == nullptr) {
        std::string known;
        for (const cvm::VtpmProfile& one : cvm::vtpm_profiles())
            known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", one.name, one.description);
        throw std::invalid_argument("serve tpm: unknown profile " + name + "; known: " + known);
    }
    const tpm::SteadyTime time;
    tpm::Config config;
    config.state_dir = a.state;
    config.object_slots = config.loaded_sessions = a.slots;
    cvm::ProvisionedTpm engine{*profile, config, a.seed, time};
    engine.power_on();
    tpm::SwtpmDialect swtpm{engine};
    tpm::MssimDialect mssim{engine};
    const std::uint16_t first = a.port != 0 ? a.port : default_tpm_port;
    std::vector<Endpoint> endpoints;
    std::string line = "ready";
    const auto add = [&](const char* dialect, const std::vector<Endpoint>& ports) {
        line += fmt::format(" tpm={}:host=127.0.0.1,port={}", dialect, first + endpoints.size());
        endpoints.insert(endpoints.end(), ports.begin(), ports.end());
    };
    if (a.dialect != "mssim") add("swtpm", tpm::endpoints_of(swtpm, {}));
    if (a.dialect != "swtpm") add("mssim", tpm::endpoints_of(mssim, {}));
    endpoints.front().place.port = first;
    StreamServer server{endpoints, tpm::stream_options()};
    console.err.line(fmt::format("seed {}: whoever knows it knows every secret of this TPM", a.seed));
    console.err.line(fmt::format("profile {}: {}", profile->name, profile->description));
    if (!engine.service_manifest().empty())
        console.err.line("service manifest: " + to_hex(engine.service_manifest()));
    console.out.line(line);
    serve_until(server, asked_to_stop);
    console.err.line("ended");
    return Exit::success;
}

int serve(const ServeArguments& a, Console& console) {
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { stop_serving = 1; });
    if (a.what == "tpm") return serve_tpm(a, console);
    if (a.what == "spdm") return serve_spdm(a, console, asked_to_stop);
    std::vector<const Door*> wanted;
    for (const Door& door : doors)
        if (a.what == "platform" || a.what == door.what) wanted.push_back(&door);
    if (wanted.empty()) {
        console.error("serve " + a.what + ": unknown; known: platform, gateway, kms, verifier, spdm, tpm");
        return Exit::usage;
    }
    const WallClock wall;  // clients of sockets date their prompts by it
    platform::ReferencePlatform model{{.workload = {}, .prompt_clock = &wall}, a.seed};
    model.power_on_reset();
    if (const auto ready = model.advance(platform::Stage::serve); !ready) {
        console.error(ready.error().text());
        return Exit::failure;
    }
    Bridge bridge;
    std::vector<std::unique_ptr<ohttp::HttpEndpoint>> endpoints;
    const auto first = static_cast<std::uint16_t>(a.port != 0 ? a.port : default_port);
    std::string line = "ready";
    for (const Door* door : wanted) {
        const auto port = static_cast<std::uint16_t>(a.what == "platform" ? first + door->offset : first);
        endpoints.push_back(std::make_unique<ohttp::HttpEndpoint>(
            [&bridge, &model, door](const HttpRequest& request) {
                constexpr unsigned unavailable = 503, internal = 500;
                return bridge.run<HttpResponse>([&] { return (model.*door->handler)(request); },
                                                {.status = unavailable}, {.status = internal});
            },
            ohttp::HttpEndpointOptions{.address = a.listen, .port = port}));
        line += fmt::format(" {}=http://{}:{}", door->what, a.listen, endpoints.back()->port());
    }
    tpm::SwtpmDialect vtpm{[&bridge, &model](ByteView command, unsigned locality) {
                               const Bytes own{command.begin(), command.end()};
                               return bridge.run<Bytes>([&] { return model.vtpm(own, locality); }, {}, {});
                           },
                           {.max_command_size = tpm::CrbModule::data_buffer_size}};
    std::optional<StreamServer> tpm_ports;
    std::jthread tpm_thread;
    if (a.what == "platform") {
        tpm_ports.emplace(
            tpm::endpoints_of(vtpm, {.data = {.port = static_cast<std::uint16_t>(first + vtpm_offset)}}),
            StreamOptions{.address = a.listen});
        tpm_thread = std::jthread{[&](const std::stop_token& stop) {
            tpm_ports->serve(stop);
        }};
        line += fmt::format(" vtpm=swtpm:host={},port={}", a.listen, tpm_ports->port());
    }
    console.out.line(line);
    for (const Door* door : wanted) console.err.line(fmt::format("{}: {}", door->what, door->meaning));
    bridge.serve();
    endpoints.clear();
    console.err.line("ended");
    return Exit::success;
}

}  // namespace

int serve_command(const Arguments& arguments, Console& console) {
    try {
        return serve(arguments.serve, console);
    } catch (const std::runtime_error& e) {
        console.error(e.what());
        return Exit::usage;
    } catch (const std::invalid_argument& e) {
        console.error(e.what());
        return Exit::usage;
    }
}

}  // namespace assay::cli

// A library context whose RAND algorithm draws from a Random (provider-rand(7)).
#include "sim/crypto/context.hpp"

#include <limits>
#include <stdexcept>
#include <utility>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "sim/crypto/native.hpp"

namespace assay::crypto {
namespace {

constexpr const char* provider_name = "assay-random";
constexpr const char* algorithm_name = "ASSAY-RANDOM";

// OpenSSL hands a built-in provider nothing of its maker: the Random waits here while
// OSSL_PROVIDER_load runs, and is the provider's context from then on.
thread_local Random* random_of_new_provider = nullptr;

// One generator: only a view of the provider's Random, which is null where there must be no randomness.
struct Generator {
    Random* random;
};

void* generator_new(void* provider, void*, const OSSL_DISPATCH*) {
    return new (std::nothrow) Generator{static_cast<Random*>(provider)};
}
void generator_free(void* generator) { delete static_cast<Generator*>(generator); }
int generator_instantiate(void*, unsigned int, int, const unsigned char*, std::size_t, const OSSL_PARAM*) {
    return 1;
}
int generator_uninstantiate(void*) { return 1; }
int generator_generate(void* generator, unsigned char* out, std::size_t size, unsigned int, int,
                       const unsigned char*, std::size_t) {
    Random* random = static_cast<Generator*>(generator)->random;
    if (random == nullptr) return 0;
    try {
        random->fill({out, size});
    } catch (...) {  // must not cross C frames; the caller sees the OpenSSL call fail
        return 0;
    }
    return 1;
}
int generator_reseed(void*, int, const unsigned char*, std::size_t, const unsigned char*, std::size_t) {
    return 1;
}
int generator_enable_locking(void*) { return 1; }
int generator_lock(void*) { return 1; }
void generator_unlock(void*) {}
int generator_get_params(void*, OSSL_PARAM* params) {
    const auto set = [params](const char* key, auto setter, auto value) {
        OSSL_PARAM* param = OSSL_PARAM_locate(params, key);
        return param == nullptr || setter(param, value) == 1;
    };
    return set(OSSL_RAND_PARAM_STATE, &OSSL_PARAM_set_int, EVP_RAND_STATE_READY) &&
           set(OSSL_RAND_PARAM_STRENGTH, &OSSL_PARAM_set_uint, 256U) &&
           set(OSSL_RAND_PARAM_MAX_REQUEST, &OSSL_PARAM_set_size_t, std::numeric_limits<std::size_t>::max());
}

template <class Function>
constexpr OSSL_DISPATCH entry(int id, Function* function) {
    return {id, reinterpret_cast<void (*)()>(function)};
}

const OSSL_ALGORITHM* provider_query(void*, int operation, int* no_cache) {
    static const OSSL_DISPATCH functions[] = {
        entry(OSSL_FUNC_RAND_NEWCTX, &generator_new),
        entry(OSSL_FUNC_RAND_FREECTX, &generator_free),
        entry(OSSL_FUNC_RAND_INSTANTIATE, &generator_instantiate),
        entry(OSSL_FUNC_RAND_UNINSTANTIATE, &generator_uninstantiate),
        entry(OSSL_FUNC_RAND_GENERATE, &generator_generate),
        entry(OSSL_FUNC_RAND_RESEED, &generator_reseed),
        entry(OSSL_FUNC_RAND_ENABLE_LOCKING, &generator_enable_locking),
        entry(OSSL_FUNC_RAND_LOCK, &generator_lock),
        entry(OSSL_FUNC_RAND_UNLOCK, &generator_unlock),
        entry(OSSL_FUNC_RAND_GET_CTX_PARAMS, &generator_get_params),
        {0, nullptr},
    };
    static const OSSL_ALGORITHM algorithms[] = {
        {algorithm_name, "provider=assay-random", functions, "the injected Random"},
        {nullptr, nullptr, nullptr, nullptr},
    };
    *no_cache = 0;
    return operation == OSSL_OP_RAND ? algorithms : nullptr;
}

int provider_init(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** out, void** provider) {
    static const OSSL_DISPATCH functions[] = {
        entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, &provider_query),
        {0, nullptr},
    };
    *out = functions;
    *provider = random_of_new_provider;
    return 1;
}

struct Library {
    LibraryHandle library;
    ProviderHandle random_provider;
    ProviderHandle default_provider;
};
Library make_library(Random* random) {
    Library made{LibraryHandle{check(OSSL_LIB_CTX_new(), "OSSL_LIB_CTX_new")}, {}, {}};
    OSSL_LIB_CTX* library = made.library.get();
    check(OSSL_PROVIDER_add_builtin(library, provider_name, &provider_init), "OSSL_PROVIDER_add_builtin");
    random_of_new_provider = random;
    made.random_provider.reset(OSSL_PROVIDER_load(library, provider_name));
    random_of_new_provider = nullptr;
    check(made.random_provider.get(), "OSSL_PROVIDER_load");
    made.default_provider.reset(check(OSSL_PROVIDER_load(library, "default"), "OSSL_PROVIDER_load(default)"));
    check(RAND_set_DRBG_type(library, algorithm_name, nullptr, nullptr, nullptr), "RAND_set_DRBG_type");
    return made;
}

}  // namespace

OSSL_LIB_CTX* pure_library() {
    // Never freed: keys of other static objects may live in it until the process ends.
    static const Library& pure = *new Library{make_library(nullptr)};
    return pure.library.get();
}

Context::Context(Random& random) {
    Library made = make_library(&random);
    native_ = std::make_unique<Native>(Native{
        random, std::move(made.library), std::move(made.random_provider), std::move(made.default_provider)});
}

Context::~Context() = default;

Random& Context::random() const { return native_->random; }

}  // namespace assay::crypto

// RSA primes (FIPS 186-5, A.1.3): where the time of a TPM's primary key goes, so the search is a sieve first,
// then Miller-Rabin on two candidates at a time.
#include <array>
#include <bitset>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <openssl/bn.h>

#include "sim/crypto/native.hpp"
#include "sim/crypto/rsa.hpp"

namespace assay::crypto {
namespace {

using PrimeNumber = Handle<BIGNUM, &BN_clear_free>;
using PrimeScratch = Handle<BN_CTX, &BN_CTX_free>;
using Montgomery = Handle<BN_MONT_CTX, &BN_MONT_CTX_free>;

constexpr std::size_t window = 8192;  // odd numbers that one start is good for: a prime in 355 (1024 bits)
constexpr std::uint32_t largest_divisor = 1U << 15;  // beyond it a division costs more than it saves

PrimeNumber new_number() { return PrimeNumber{check(BN_secure_new(), "BN_secure_new")}; }

/// Odd primes below `largest_divisor`.
const std::vector<std::uint32_t>& small_primes() {
    static const std::vector<std::uint32_t> primes = [] {
        std::vector<std::uint32_t> out;
        std::bitset<largest_divisor> composite;
        for (std::uint32_t n = 3; n < largest_divisor; n += 2) {
            if (composite[n]) continue;
            out.push_back(n);
            for (std::uint32_t multiple = n * n; n < 256 && multiple < largest_divisor; multiple += 2 * n)
                composite[multiple] = true;
        }
        return out;
    }();
    return primes;
}

/// Rounds with random bases that leave an error of 2^-100 or less for primes of this size (FIPS 186-4, table
/// C.3; FIPS 186-5, table B.1, asks for 5 and 4).
int rounds_for(int prime_bits) {
    if (prime_bits >= 1536) return 4;
    return prime_bits >= 1024 ? 5 : 7;
}

std::uint32_t remainder(ByteView big_endian, std::uint32_t divisor) {
    std::uint64_t rest = 0;
    for (std::size_t i = 0; i + 4 <= big_endian.size(); i += 4)
        rest = (rest << 32 | load<std::uint32_t>(big_endian.subspan(i), std::endian::big)) % divisor;
    return static_cast<std::uint32_t>(rest);
}

/// A random start and, of the odd numbers from it on, those that no small prime divides and that are not 1
/// modulo the public exponent.
class Candidates {
public:
    Candidates(std::size_t size, Random& random) : start_(new_number()), base_(new_number()), raw_(size) {
        random.fill(raw_.bytes());
        raw_.bytes().front() |=
            0xC0;  // so that the product of two has its full length, and more than A.1.3 asks
        raw_.bytes().back() |= 1;
        number(start_, raw_);
        Secret base{size};
        random.fill(base.bytes());
        base.bytes().front() &= 0x7F;  // below the candidates
        base.bytes().back() |= 2;      // neither 0 nor 1
        number(base_, base);
        sieve();
    }

    /// The next one; false when the window is spent.
    bool next(BIGNUM* out) {
        while (at_ < window && excluded_[at_]) ++at_;
        if (at_ == window) return false;
        check(BN_copy(out, start_.get()), "BN_copy");
        check(BN_add_word(out, 2 * at_++), "BN_add_word");
        return static_cast<std::size_t>(BN_num_bits(out)) == 8 * raw_.bytes().size();
    }
    const BIGNUM* base() const { return base_.get(); }

    static void number(const PrimeNumber& out, const Secret& bytes) {
        check(BN_bin2bn(bytes.bytes().data(), int_size(bytes.bytes().size()), out.get()), "BN_bin2bn");
    }

private:
    void exclude(std::uint32_t prime, std::uint32_t rest, std::uint32_t wanted) {
        // start + 2 i = wanted (mod prime)
        const std::uint32_t distance = (wanted + prime - rest) % prime;
        for (std::size_t i = (distance % 2 == 0 ? distance : distance + prime) / 2; i < window; i += prime)
            excluded_[i] = true;
    }
    void sieve() {
        const ByteView start = std::as_const(raw_).bytes();
        const auto& primes = small_primes();
        for (std::size_t i = 0; i < primes.size(); i += 2) {  // one long division for two of them
            const std::uint32_t first = primes[i], second = i + 1 < primes.size() ? primes[i + 1] : 1;
            const std::uint32_t rest = remainder(start, first * second);
            exclude(first, rest % first, 0);
            if (second != 1) exclude(second, rest % second, 0);
        }
        exclude(rsa_exponent, remainder(start, rsa_exponent), 1);
    }

    PrimeNumber start_, base_;
    Secret raw_;
    std::bitset<window> excluded_{};
    std::size_t at_ = 0;
};

/// One round of Miller-Rabin (FIPS 186-5, B.3.1) for one candidate, prepared for exponentiation in pairs.
struct Round {
    PrimeNumber candidate = new_number(), exponent = new_number(), last = new_number(), power = new_number();
    Montgomery field{check(BN_MONT_CTX_new(), "BN_MONT_CTX_new")};
    int twos = 0;

    void prepare(BN_CTX* scratch) {
        check(BN_copy(last.get(), candidate.get()), "BN_copy");
        check(BN_sub_word(last.get(), 1), "BN_sub_word");
        twos = 1;
        while (BN_is_bit_set(last.get(), twos) == 0) ++twos;
        check(BN_rshift(exponent.get(), last.get(), twos), "BN_rshift");
        check(BN_MONT_CTX_set(field.get(), candidate.get(), scratch), "BN_MONT_CTX_set");
    }
    /// From base ^ exponent, which is in `power`.
    bool passes(BN_CTX* scratch) {
        if (BN_is_one(power.get())) return true;
        for (int i = 1; BN_cmp(power.get(), last.get()) != 0; ++i) {
            if (i == twos) return false;
            check(BN_mod_sqr(power.get(), power.get(), candidate.get(), scratch), "BN_mod_sqr");
        }
        return true;
    }
};

/// Two exponentiations cost less than twice one where the processor can do them side by side.
void raise(Round& a, const BIGNUM* base_a, Round& b, const BIGNUM* base_b, BN_CTX* scratch) {
    check(BN_mod_exp_mont_consttime_x2(a.power.get(), base_a, a.exponent.get(), a.candidate.get(),
                                       a.field.get(), b.power.get(), base_b, b.exponent.get(),
                                       b.candidate.get(), b.field.get(), scratch),
          "BN_mod_exp_mont_consttime_x2");
}

class PrimeSearch {
public:
    PrimeSearch(std::size_t size, Random& random) : size_(size), random_(random), candidates_(size, random) {}

    void next(BIGNUM* out) {
        while (!candidates_.next(out)) candidates_ = Candidates{size_, random_};
    }
    const BIGNUM* base() const { return candidates_.base(); }

    /// All rounds, for a candidate that has passed one with a base that was not drawn for it.
    bool is_prime(Round& round, Round& other, BN_CTX* scratch) {
        const int rounds = rounds_for(static_cast<int>(8 * size_));
        const std::array bases{new_number(), new_number()};
        check(BN_copy(other.candidate.get(), round.candidate.get()), "BN_copy");
        other.prepare(scratch);
        for (int i = 0; i < rounds; i += 2) {
            for (const PrimeNumber& base : bases) draw_base(base, round);
            raise(round, bases[0].get(), other, bases[1].get(), scratch);
            if (!round.passes(scratch) || !other.passes(scratch)) return false;
        }
        return true;
    }

private:
    /// 1 < base < candidate - 1.
    void draw_base(const PrimeNumber& base, const Round& round) {
        Secret raw{size_};
        do {
            random_.fill(raw.bytes());
            Candidates::number(base, raw);
        } while (BN_cmp(base.get(), BN_value_one()) <= 0 || BN_cmp(base.get(), round.last.get()) >= 0);
    }

    std::size_t size_;
    Random& random_;
    Candidates candidates_;
};

/// The first prime of each of two searches that go on side by side.
std::array<PrimeNumber, 2> two_primes(std::size_t size, Random& random, BN_CTX* scratch) {
    std::array searches{PrimeSearch{size, random}, PrimeSearch{size, random}};
    std::array<PrimeNumber, 2> found{};
    std::array<Round, 2> rounds{};
    Round spare;
    while (!found[0] || !found[1]) {
        // Once one search has ended, the other one takes two candidates, in their order.
        const std::array owner{found[0] ? 1U : 0U, found[1] ? 0U : 1U};
        for (std::size_t i = 0; i < 2; ++i) {
            searches.at(owner.at(i)).next(rounds.at(i).candidate.get());
            rounds.at(i).prepare(scratch);
        }
        raise(rounds[0], searches.at(owner[0]).base(), rounds[1], searches.at(owner[1]).base(), scratch);
        for (std::size_t i = 0; i < 2; ++i) {
            PrimeNumber& goal = found.at(owner.at(i));
            Round& round = rounds.at(i);
            if (!goal && round.passes(scratch) && searches.at(owner.at(i)).is_prime(round, spare, scratch))
                goal.reset(check(BN_dup(round.candidate.get()), "BN_dup"));
        }
    }
    return found;
}

/// A.1.3, step 5.4: they differ within their first 100 bits.
bool far_apart(const PrimeNumber& p, const PrimeNumber& q, std::size_t size) {
    const PrimeNumber difference = new_number();
    check(BN_sub(difference.get(), p.get(), q.get()), "BN_sub");
    return BN_num_bits(difference.get()) > static_cast<int>(8 * size) - 100;
}

}  // namespace

RsaNumbers rsa_generate(std::size_t bits, Random& random) {
    if (bits < 1024 || bits > 8192 || bits % 64 != 0)
        throw std::logic_error("rsa_generate: size of the modulus");
    const std::size_t size = bits / 16;
    const PrimeScratch scratch{check(BN_CTX_secure_new(), "BN_CTX_secure_new")};
    std::array<PrimeNumber, 2> primes{};
    do primes = two_primes(size, random, scratch.get());
    while (!far_apart(primes[0], primes[1], size));

    const PrimeNumber modulus = new_number();
    check(BN_mul(modulus.get(), primes[0].get(), primes[1].get(), scratch.get()), "BN_mul");
    RsaNumbers out{Bytes(bits / 8), Secret{size}};
    check(BN_bn2binpad(modulus.get(), out.modulus.data(), int_size(out.modulus.size())), "BN_bn2binpad");
    check(BN_bn2binpad(primes[0].get(), out.prime.bytes().data(), int_size(size)), "BN_bn2binpad");
    return out;
}

}  // namespace assay::crypto

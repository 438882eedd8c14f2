// What C++ tests check with: a failed check is printed and counted, and the program goes on to the next.
// main() returns check::result(). A program of several files has one count.

#ifndef SNOW_TESTS_CHECK_HPP
#define SNOW_TESTS_CHECK_HPP

#include <snow.hpp>

#include <iostream>
#include <optional>
#include <ostream>
#include <string_view>

// The condition holds.
#define CHECK(condition) check::that(static_cast<bool>(condition), #condition, __FILE__, __LINE__)

// Two values are the same; both are printed where they are not.
#define CHECK_EQUAL(expected, actual) check::equal((expected), (actual), #actual, __FILE__, __LINE__)

// The expression throws a snow::Error of this status, which is returned.
#define CHECK_FAILS(expected, expression) \
    check::fails((expected), [&] { static_cast<void>(expression); }, #expression, __FILE__, __LINE__)

namespace check {

inline int failures = 0;

inline bool that(bool holds, const char *what, const char *file, int line)
{
    if (!holds) {
        ++failures;
        std::cerr << file << ':' << line << ": " << what << '\n';
    }
    return holds;
}

inline void print(std::string_view value) { std::cerr << '"' << value << '"'; }
inline void print(snow::Status value) { std::cerr << snow::status_name(value); }
template <class Value> void print(const Value &value) { std::cerr << value; }
template <class Value> void print(const std::optional<Value> &value)
{
    if (value)
        print(*value);
    else
        std::cerr << "nothing";
}

template <class Expected, class Actual>
void equal(const Expected &expected, const Actual &actual, const char *what, const char *file, int line)
{
    if (that(expected == actual, what, file, line))
        return;
    std::cerr << "    is ";
    print(actual);
    std::cerr << ", not ";
    print(expected);
    std::cerr << '\n';
}

template <class Body>
snow::Error fails(snow::Status expected, Body body, const char *what, const char *file, int line)
{
    try {
        body();
    } catch (const snow::Error &error) {
        equal(expected, error.status(), what, file, line);
        return error;
    }
    that(false, what, file, line);
    std::cerr << "    throws nothing\n";
    return {snow::Status::ok, ""};
}

inline int result()
{
    if (failures > 0)
        std::cerr << failures << " checks failed\n";
    return failures > 0 ? 1 : 0;
}

} // namespace check

#endif

// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef SNOW_HPP
#define SNOW_HPP

#include "snow.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/**
 * @file snow.hpp
 * libsnow in C++17: handles that free themselves, errors that are thrown, callbacks that are lambdas.
 *
 * Quick start
 * ===========
 *
 * @code{.cpp}
 * #include <snow.hpp>
 * #include <cstdlib>
 * #include <iostream>
 *
 * int main()
 * try {
 *     const auto client = snow::Client::basic("dev12345", "admin", std::getenv("SNOW_PASSWORD"));
 *     snow::Query newest;
 *     newest.where("active", snow::Operator::eq, true).order_by_desc("sys_created_on").limit(5);
 *     for (const snow::RecordView &row : client.table_list("incident", newest))
 *         std::cout << row.get("number").value_or("") << '\n';
 * } catch (const snow::Error &error) {
 *     std::cerr << error.what() << '\n';
 *     return 1;
 * }
 * @endcode
 *
 *     c++ -std=c++17 first.cpp $(pkg-config --cflags --libs snow)
 *
 * Rules
 * =====
 *
 * Each function here is one of snow.h, under the name that it has there: `snow_table_get` is
 * `Client::table_get`, and what snow.h says of it holds. What is said here is only what is otherwise:
 *
 * - Handles are objects that can be moved, not copied, and free what they hold. Those that are set up step by step can
 *   be kept at the end of it: `const auto query = snow::Query().limit(5);`. One that was moved from is
 *   empty, and a call of it or with it throws; one that is `noexcept` gives nothing, 0 or -1. `handle()` lends
 *   the C handle, for the functions of snow.h; the constructor that takes one owns it from then on, and
 *   `release()` gives it back.
 * - Texts go in as `std::string_view`, `std::string` or `const char *`, see snow::Text. Those that come out are
 *   `std::string_view`s, borrowed from their object as in C: copy what has to live longer. What C gives as
 *   NULL, -1 or 0 for "there is none" is an empty `std::optional`.
 * - What fails throws snow::Error.
 * - A callback is anything that can be called, a lambda with what it captured or a function. It is kept until
 *   C would call `destroy`. It returns nothing, or a bool of which false is the failure that C makes of
 *   any value but #SNOW_HANDLED.
 * - A callback may throw. Its exception ends the call as a failure does, and comes out of the very call, on the
 *   very thread, that ran the callback, as it was; of several the first. It also does where the
 *   call itself went well, as it can after a log callback, which is not asked: what the call returned is
 *   freed then. Only where such a callback runs inside a function of snow.h that was called directly, there is
 *   nothing to come out of: it is the failure #SNOW_CALLBACK_FAILED to that function.
 * - Threads: a Client serves any number of threads at once; every other object is for one at a time.
 *   `const` says nothing about threads.
 */
namespace snow {

/// What became of a call; see the constants of snow.h. A later library may give numbers that have no name
/// here.
enum class Status : snow_status {
    ok = SNOW_OK,
    null_argument = SNOW_NULL_ARGUMENT,
    invalid_utf8 = SNOW_INVALID_UTF8,
    invalid_argument = SNOW_INVALID_ARGUMENT,
    unknown_option = SNOW_UNKNOWN_OPTION,
    invalid_handle = SNOW_INVALID_HANDLE,
    file = SNOW_FILE,
    network = SNOW_NETWORK,
    name_resolution = SNOW_NAME_RESOLUTION,
    connect = SNOW_CONNECT,
    tls = SNOW_TLS,
    proxy = SNOW_PROXY,
    cut_body = SNOW_CUT_BODY,
    redirect = SNOW_REDIRECT,
    corrupt = SNOW_CORRUPT,
    unauthenticated = SNOW_UNAUTHENTICATED,
    no_token = SNOW_NO_TOKEN,
    token_refused = SNOW_TOKEN_REFUSED,
    token_answer = SNOW_TOKEN_ANSWER,
    callback_failed = SNOW_CALLBACK_FAILED,
    login_page = SNOW_LOGIN_PAGE,
    http_status = SNOW_HTTP_STATUS,
    bad_request = SNOW_BAD_REQUEST,
    forbidden = SNOW_FORBIDDEN,
    not_found = SNOW_NOT_FOUND,
    rate_limited = SNOW_RATE_LIMITED,
    not_executed = SNOW_NOT_EXECUTED,
    transaction_cancelled = SNOW_TRANSACTION_CANCELLED,
    partial_result = SNOW_PARTIAL_RESULT,
    hibernating = SNOW_HIBERNATING,
    unavailable = SNOW_UNAVAILABLE,
    server_error = SNOW_SERVER_ERROR,
    unexpected_answer = SNOW_UNEXPECTED_ANSWER,
    multiple = SNOW_MULTIPLE,
    incomplete = SNOW_INCOMPLETE,
    query_ignored = SNOW_QUERY_IGNORED,
    no_dictionary = SNOW_NO_DICTIONARY,
    done = SNOW_DONE,
    cancelled = SNOW_CANCELLED,
    timeout = SNOW_TIMEOUT,
    busy = SNOW_BUSY,
    closed = SNOW_CLOSED,
    no_memory = SNOW_NO_MEMORY,
    internal = SNOW_INTERNAL,
};

/// How a field is compared.
enum class Operator : snow_operator {
    eq = SNOW_EQ,
    ne = SNOW_NE,
    lt = SNOW_LT,
    le = SNOW_LE,
    gt = SNOW_GT,
    ge = SNOW_GE,
    in = SNOW_IN,
    not_in = SNOW_NOT_IN,
    between = SNOW_BETWEEN,
    starts_with = SNOW_STARTS_WITH,
    ends_with = SNOW_ENDS_WITH,
    contains = SNOW_CONTAINS,
    not_contains = SNOW_NOT_CONTAINS,
    is_empty = SNOW_IS_EMPTY,
    is_not_empty = SNOW_IS_NOT_EMPTY,
    empty_string = SNOW_EMPTY_STRING,
    anything = SNOW_ANYTHING,
    same_as = SNOW_SAME_AS,
    not_same_as = SNOW_NOT_SAME_AS,
    gt_field = SNOW_GT_FIELD,
    lt_field = SNOW_LT_FIELD,
    ge_field = SNOW_GE_FIELD,
    le_field = SNOW_LE_FIELD,
    more_than = SNOW_MORE_THAN,
    less_than = SNOW_LESS_THAN,
    on = SNOW_ON,
    not_on = SNOW_NOT_ON,
    date_part = SNOW_DATE_PART,
    relative_gt = SNOW_RELATIVE_GT,
    relative_lt = SNOW_RELATIVE_LT,
    relative_ge = SNOW_RELATIVE_GE,
    relative_le = SNOW_RELATIVE_LE,
    relative_ee = SNOW_RELATIVE_EE,
    dynamic = SNOW_DYNAMIC,
    in_hierarchy = SNOW_IN_HIERARCHY,
    in_hierarchy_dynamic = SNOW_IN_HIERARCHY_DYNAMIC,
    instance_of = SNOW_INSTANCE_OF,
    does_not_have = SNOW_DOES_NOT_HAVE,
};

/// In what form values come.
enum class Display : snow_display {
    stored = SNOW_DISPLAY_FALSE,
    display = SNOW_DISPLAY_TRUE,
    all = SNOW_DISPLAY_ALL,
};

/// What became of a record that was to be created once.
enum class Created : snow_created {
    unknown = SNOW_CREATED_UNKNOWN,
    newly = SNOW_CREATED_NEW,
    found = SNOW_CREATED_FOUND,
    under_another_key = SNOW_CREATED_UNDER_ANOTHER_KEY,
};

/// How much is told, and what a line is about.
enum class LogLevel : snow_log_level {
    off = SNOW_LOG_OFF,
    error = SNOW_LOG_ERROR,
    warning = SNOW_LOG_WARNING,
    info = SNOW_LOG_INFO,
};

/// Something that a client counts.
enum class Statistic : snow_statistic {
    requests = SNOW_STATISTIC_REQUESTS,
    failures = SNOW_STATISTIC_FAILURES,
    retries = SNOW_STATISTIC_RETRIES,
    token_requests = SNOW_STATISTIC_TOKEN_REQUESTS,
    bytes_sent = SNOW_STATISTIC_BYTES_SENT,
    bytes_received = SNOW_STATISTIC_BYTES_RECEIVED,
    connections = SNOW_STATISTIC_CONNECTIONS,
    in_flight = SNOW_STATISTIC_IN_FLIGHT,
};

/// In what order an export gives its rows.
enum class Order : snow_order {
    any = SNOW_ORDER_ANY,
    sys_id = SNOW_ORDER_SYS_ID,
    query = SNOW_ORDER_QUERY,
};

/// Something that an export counts.
enum class ExportCounter : snow_export_counter {
    expected = SNOW_EXPORT_EXPECTED,
    received = SNOW_EXPORT_RECEIVED,
    hidden = SNOW_EXPORT_HIDDEN,
    halved = SNOW_EXPORT_HALVED,
    retried = SNOW_EXPORT_RETRIED,
    requests = SNOW_EXPORT_REQUESTS,
    bytes = SNOW_EXPORT_BYTES,
    misfits = SNOW_EXPORT_MISFITS,
};

/// The version of the library that is running, such as `"0.1.0"`.
inline std::string_view version() noexcept { return snow_version(); }

/// The same as a number, to compare with #SNOW_VERSION_NUMBER.
inline std::uint32_t version_number() noexcept { return snow_version_number(); }

/// The version of its binary interface, to compare with #SNOW_ABI_VERSION.
inline std::uint32_t abi_version() noexcept { return snow_abi_version(); }

/// The name of a status in C, such as `"SNOW_NOT_FOUND"`.
inline std::string_view status_name(Status status) noexcept
{
    return snow_status_name(static_cast<snow_status>(status));
}

/// Why a call failed. what() is one line for a person. It can be copied, and read on any thread.
class [[gnu::visibility("default")]] Error : public std::runtime_error {
public:
    /// An error of one's own, as for tests of what one does about errors.
    Error(Status status, const std::string &message)
        : std::runtime_error(message), told_(std::make_shared<Told>(status, message))
    {
    }

    /// What an error of C says, which is not freed here.
    explicit Error(const snow_error *error)
        : std::runtime_error(snow_error_message(error)), told_(std::make_shared<Told>(error))
    {
    }

    /// A copy, also where one is moved: what it was moved from can still be read.
    Error(const Error &) noexcept = default;
    Error &operator=(const Error &) noexcept = default;

    /// The kind of failure.
    Status status() const noexcept { return told_->status; }

    /// What what() gives.
    std::string_view message() const noexcept { return told_->message; }

    /// The instance's own `error.message`.
    std::optional<std::string_view> instance_message() const noexcept { return view(told_->instance_message); }

    /// The instance's own `error.detail`.
    std::optional<std::string_view> detail() const noexcept { return view(told_->detail); }

    /// The HTTP status of the answer, where one came.
    std::optional<std::int32_t> http_status() const noexcept { return told_->http_status; }

    /// The HTTP method of the request, where one was made.
    std::optional<std::string_view> method() const noexcept { return view(told_->method); }

    /// The path of the request, where one was made.
    std::optional<std::string_view> path() const noexcept { return view(told_->path); }

    /// Whether the same call may succeed later, and is safe to make again.
    bool is_retryable() const noexcept { return told_->is_retryable; }

    /// How long the instance asks to wait, where it says.
    std::optional<std::chrono::milliseconds> retry_after() const noexcept { return told_->retry_after; }

    /// Whether a write may have happened in spite of the error.
    bool maybe_applied() const noexcept { return told_->maybe_applied; }

    /// What a callback returned to C, where that is why the call failed.
    std::int32_t callback_value() const noexcept { return told_->callback_value; }

private:
    /// What the error said, shared by its copies, which must not fail.
    struct Told {
        Told(Status status_, const std::string &message_) : status(status_), message(message_) {}

        explicit Told(const snow_error *error)
            : status(static_cast<Status>(snow_error_status(error))),
              message(snow_error_message(error)),
              instance_message(text(snow_error_instance_message(error))),
              detail(text(snow_error_detail(error))),
              method(text(snow_error_method(error))),
              path(text(snow_error_path(error))),
              is_retryable(snow_error_is_retryable(error) != 0),
              maybe_applied(snow_error_maybe_applied(error) != 0),
              callback_value(snow_error_callback_value(error))
        {
            if (const std::int32_t http = snow_error_http_status(error); http != 0)
                http_status = http;
            if (const std::int64_t wait = snow_error_retry_after_ms(error); wait >= 0)
                retry_after = std::chrono::milliseconds(wait);
        }

        static std::optional<std::string> text(const char *borrowed)
        {
            return borrowed ? std::optional<std::string>(borrowed) : std::nullopt;
        }

        Status status;
        std::string message;
        std::optional<std::string> instance_message, detail, method, path;
        std::optional<std::int32_t> http_status;
        std::optional<std::chrono::milliseconds> retry_after;
        bool is_retryable = false, maybe_applied = false;
        std::int32_t callback_value = 0;
    };

    static std::optional<std::string_view> view(const std::optional<std::string> &text) noexcept
    {
        return text ? std::optional<std::string_view>(*text) : std::nullopt;
    }

    std::shared_ptr<const Told> told_;
};

/// A text that goes in, in UTF-8: made where it is needed of a `std::string_view`, a `std::string`, a literal
/// or what `std::getenv` gives. No text is NULL in C, which says so where it is not allowed. A text that holds
/// a NUL is refused, since C would end there; no field and no header has such a name.
class Text {
public:
    Text(const char *text) noexcept : text_(text) {}
    Text(const std::string &text) noexcept : nul_(text.find('\0')), text_(whole(text.c_str())) {}
    Text(std::string &&text) noexcept
        : copied_(std::move(text)), nul_(copied_.find('\0')), text_(whole(copied_.c_str()))
    {
    }
    Text(std::string_view text) : Text(std::string(text)) {}
    Text(const std::optional<std::string_view> &text) : Text(std::string(text.value_or("")))
    {
        if (!text)
            text_ = nullptr;
    }
    Text(std::nullopt_t) noexcept : text_(nullptr) {}
    Text(const Text &) = delete;
    Text &operator=(const Text &) = delete;

    /// As C takes it.
    operator const char *() const noexcept { return text_; }

    /// At which byte it holds a NUL; else `std::string::npos`.
    std::size_t nul() const noexcept { return nul_; }

private:
    /// What C takes nowhere, and tells the name of the argument, where it would take a part of the text.
    const char *whole(const char *text) const noexcept { return nul_ == std::string::npos ? text : "\xff"; }

    std::string copied_;
    std::size_t nul_ = std::string::npos;
    const char *text_;
};

/// What the rest of this header is made of; not for use from elsewhere.
namespace detail {

struct Free {
    void operator()(snow_error *error) const noexcept { snow_error_free(error); }
    void operator()(snow_session *session) const noexcept { snow_session_free(session); }
    void operator()(snow_token *token) const noexcept { snow_token_free(token); }
    void operator()(snow_diagnosis *diagnosis) const noexcept { snow_diagnosis_free(diagnosis); }
    void operator()(snow_client *client) const noexcept { snow_client_free(client); }
    void operator()(snow_query *query) const noexcept { snow_query_free(query); }
    void operator()(snow_record *record) const noexcept { snow_record_free(record); }
    void operator()(snow_cursor *cursor) const noexcept { snow_cursor_free(cursor); }
    void operator()(snow_request *request) const noexcept { snow_request_free(request); }
    void operator()(snow_response *response) const noexcept { snow_response_free(response); }
    void operator()(snow_upload *upload) const noexcept { snow_upload_free(upload); }
    void operator()(snow_export *exported) const noexcept { snow_export_free(exported); }
    void operator()(snow_shards *shards) const noexcept { snow_shards_free(shards); }
};

template <class Handle> using Owned = std::unique_ptr<Handle, Free>;

/// A call that is under way on this thread. What a callback throws cannot pass through the frames of C between
/// it and the call, so it is carried here. There is one for each call, the innermost on top, since a callback
/// may call libsnow itself.
class Call {
public:
    Call() noexcept : outer_(innermost()) { innermost() = this; }
    ~Call() { innermost() = outer_; }
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;

    /// Keeps the exception that is being handled for the call that runs this callback.
    static void keep() noexcept
    {
        Call *const call = innermost();
        if (call && !call->thrown_)
            call->thrown_ = std::current_exception();
    }

    /// Ends the call: throws what a callback threw, or what the call failed with. `nul` is where the first of its texts
    /// that was not given holds a NUL.
    void end(snow_error *error, std::size_t nul) const
    {
        const Owned<snow_error> failure(error);
        if (thrown_)
            std::rethrow_exception(thrown_);
        if (failure && nul != std::string::npos && snow_error_status(error) == SNOW_INVALID_UTF8)
            throw holds_nul(snow_error_message(error), nul);
        if (failure)
            throw Error(failure.get());
    }

    /// What is wrong with an argument, whose name ends at the first colon.
    static Error holds_nul(std::string_view argument, std::size_t at)
    {
        return Error(Status::invalid_argument, std::string(argument.substr(0, argument.find(':')))
                                                   + ": it holds a NUL at byte " + std::to_string(at)
                                                   + "; accepted is text without one");
    }

private:
    /// One for each thread, and for all parts of a program: a callback may lie in a shared library of its own. Where
    /// that is opened with dlopen() and the call is made in the program itself, the program must be linked with
    /// `-rdynamic` (CMake: ENABLE_EXPORTS), or the call fails in place of throwing what the callback threw.
    [[gnu::visibility("default")]] static Call *&innermost() noexcept
    {
        static thread_local Call *call = nullptr;
        return call;
    }

    Call *const outer_;
    /// A callback sets it, while the call is `const` to its caller.
    mutable std::exception_ptr thrown_;
};

inline std::size_t nul(const Text &text) noexcept { return text.nul(); }
template <class Other> std::size_t nul(const Other &) noexcept { return std::string::npos; }

/// Where the first text of these arguments that holds a NUL has it.
template <class... Arguments> std::size_t first_nul(const Arguments &...arguments) noexcept
{
    std::size_t at = std::string::npos;
    ((at = at == std::string::npos ? nul(arguments) : at), ...);
    return at;
}

/// Calls a function that returns a status, which is #SNOW_OK or #SNOW_DONE here.
template <class... Parameters, class... Arguments>
snow_status status(snow_status (*function)(Parameters...), const Arguments &...arguments)
{
    const Call call;
    snow_error *error = nullptr;
    const snow_status outcome = function(arguments..., &error);
    call.end(error, first_nul(arguments...));
    return outcome;
}

/// Calls a function that makes something.
template <class Handle, class... Parameters, class... Arguments>
Owned<Handle> make(Handle *(*function)(Parameters...), const Arguments &...arguments)
{
    const Call call;
    snow_error *error = nullptr;
    Owned<Handle> made(function(arguments..., &error));
    call.end(error, first_nul(arguments...));
    return made;
}

/// Calls a function that lends something.
template <class Lent, class... Parameters, class... Arguments>
const Lent *lend(const Lent *(*function)(Parameters...), const Arguments &...arguments)
{
    const Call call;
    snow_error *error = nullptr;
    const Lent *const lent = function(arguments..., &error);
    call.end(error, first_nul(arguments...));
    return lent;
}

/// An object that holds a handle of C.
template <class Handle> class Holder {
public:
    /// Owns the handle from here on.
    explicit Holder(Handle *owned) noexcept : held_(owned) {}
    explicit Holder(Owned<Handle> owned) noexcept : held_(std::move(owned)) {}

    /// The handle, lent.
    Handle *handle() const noexcept { return held_.get(); }

    /// Gives the handle away; this object is empty then.
    [[nodiscard]] Handle *release() noexcept { return held_.release(); }

private:
    Owned<Handle> held_;
};

/// One that is set up step by step; each step returns the object, for the next one: that which has a name by reference,
/// and one that has none as a new one, since it ends with its line.
template <class Self, class Handle> class Builder : public Holder<Handle> {
public:
    using Holder<Handle>::Holder;

protected:
    template <class... Parameters, class... Arguments>
    Self &with(snow_status (*function)(Parameters...), const Arguments &...arguments)
    {
        detail::status(function, this->handle(), arguments...);
        return static_cast<Self &>(*this);
    }
};

inline std::uint32_t milliseconds(const char *argument, std::chrono::milliseconds time)
{
    if (time.count() < 0 || time.count() > std::numeric_limits<std::uint32_t>::max())
        throw Error(Status::invalid_argument, std::string(argument) + ": it is "
                                                  + std::to_string(time.count())
                                                  + " ms; accepted are 0 to 4294967295 ms");
    return static_cast<std::uint32_t>(time.count());
}

inline std::int64_t unix_seconds(std::chrono::system_clock::time_point time)
{
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

inline std::optional<std::uint64_t> counted(std::int64_t number) noexcept
{
    return number < 0 ? std::nullopt : std::optional<std::uint64_t>(static_cast<std::uint64_t>(number));
}

inline std::optional<std::string_view> borrowed(const char *text) noexcept
{
    return text ? std::optional<std::string_view>(text) : std::nullopt;
}

/// The handle of an argument in whose place C also takes NULL, for none: an object that is empty is not meant so.
template <class Object> auto full(const char *argument, const Object &object)
{
    const auto handle = object.handle();
    if (!handle)
        throw Error(Status::null_argument, std::string(argument) + ": it must not be NULL");
    return handle;
}

} // namespace detail

/// How to reach an instance: credentials, TLS, proxy, headers, time limits. Copied into each client that is
/// made from it.
class Session : public detail::Builder<Session, snow_session> {
public:
    using Builder::Builder;

    /// Every option at its default, and no credentials.
    Session() : Builder(detail::make(snow_session_new)) {}

    /// Signs in with a user's name and password (HTTP Basic).
    Session &set_basic_auth(const Text &user, const Text &password) &
    {
        return with(snow_session_set_basic_auth, user, password);
    }
    Session set_basic_auth(const Text &user, const Text &password) &&
    {
        return std::move(set_basic_auth(user, password));
    }

    /// Signs in with an access token that somebody else keeps fresh.
    Session &set_bearer_token(const Text &token) & { return with(snow_session_set_bearer_token, token); }
    Session set_bearer_token(const Text &token) && { return std::move(set_bearer_token(token)); }

    /// Signs in with an API key.
    Session &set_api_key(const Text &key) & { return with(snow_session_set_api_key, key); }
    Session set_api_key(const Text &key) && { return std::move(set_api_key(key)); }

    /// Signs in with OAuth tokens of an entry of the instance's application registry.
    Session &set_oauth(const Text &client_id, const Text &client_secret) &
    {
        return with(snow_session_set_oauth, client_id, client_secret);
    }
    Session set_oauth(const Text &client_id, const Text &client_secret) &&
    {
        return std::move(set_oauth(client_id, client_secret));
    }

    /// Signs the application itself in (OAuth, grant `client_credentials`).
    Session &set_client_credentials(const Text &client_id, const Text &client_secret) &
    {
        return with(snow_session_set_client_credentials, client_id, client_secret);
    }
    Session set_client_credentials(const Text &client_id, const Text &client_secret) &&
    {
        return std::move(set_client_credentials(client_id, client_secret));
    }

    /// Sends the OAuth client id and secret in a header to the token endpoint, not in the body.
    Session &set_oauth_basic(bool basic) & { return with(snow_session_set_oauth_basic, basic); }
    Session set_oauth_basic(bool basic) && { return std::move(set_oauth_basic(basic)); }

    /// Keeps the OAuth token in a file, for any number of processes that share it.
    Session &set_token_file(const Text &path) & { return with(snow_session_set_token_file, path); }
    Session set_token_file(const Text &path) && { return std::move(set_token_file(path)); }

    /// Whether the instance's certificate is checked.
    Session &set_tls_verify(bool verify) & { return with(snow_session_set_tls_verify, verify); }
    Session set_tls_verify(bool verify) && { return std::move(set_tls_verify(verify)); }

    /// Trusts the authorities in a PEM file in place of those of the system.
    Session &set_ca_file(const Text &path) & { return with(snow_session_set_ca_file, path); }
    Session set_ca_file(const Text &path) && { return std::move(set_ca_file(path)); }

    /// Shows a certificate to a server that asks for one: PEM or PKCS#12. Without `key_path` the key is in
    /// the same file; `password` is what protects the PKCS#12 file or the key.
    Session &set_client_certificate(const Text &path, const Text &key_path = std::nullopt,
                                    const Text &password = std::nullopt) &
    {
        return with(snow_session_set_client_certificate, path, key_path, password);
    }
    Session set_client_certificate(const Text &path, const Text &key_path = std::nullopt,
                                   const Text &password = std::nullopt) &&
    {
        return std::move(set_client_certificate(path, key_path, password));
    }

    /// Goes through a proxy; `""` for none at all.
    Session &set_proxy(const Text &proxy) & { return with(snow_session_set_proxy, proxy); }
    Session set_proxy(const Text &proxy) && { return std::move(set_proxy(proxy)); }

    /// What the proxy asks for.
    Session &set_proxy_auth(const Text &user, const Text &password) &
    {
        return with(snow_session_set_proxy_auth, user, password);
    }
    Session set_proxy_auth(const Text &user, const Text &password) &&
    {
        return std::move(set_proxy_auth(user, password));
    }

    /// Sends a header with every request.
    Session &set_header(const Text &name, const Text &value) &
    {
        return with(snow_session_set_header, name, value);
    }
    Session set_header(const Text &name, const Text &value) && { return std::move(set_header(name, value)); }

    /// The `User-Agent` of every request.
    Session &set_user_agent(const Text &user_agent) &
    {
        return with(snow_session_set_user_agent, user_agent);
    }
    Session set_user_agent(const Text &user_agent) && { return std::move(set_user_agent(user_agent)); }

    /// How long connecting and a whole call may take.
    Session &set_timeouts(std::chrono::milliseconds connect, std::chrono::milliseconds total) &
    {
        return with(snow_session_set_timeouts, detail::milliseconds("connect", connect),
                    detail::milliseconds("total", total));
    }
    Session set_timeouts(std::chrono::milliseconds connect, std::chrono::milliseconds total) &&
    {
        return std::move(set_timeouts(connect, total));
    }

    /// How often a call is made again when it fails, and how long it waits at most before.
    Session &set_retry(std::uint32_t retries, std::chrono::milliseconds max_wait) &
    {
        return with(snow_session_set_retry, retries, detail::milliseconds("max_wait", max_wait));
    }
    Session set_retry(std::uint32_t retries, std::chrono::milliseconds max_wait) &&
    {
        return std::move(set_retry(retries, max_wait));
    }

    /// How many calls of one client may be under way at the same moment; 0 for as many as there are.
    Session &set_max_in_flight(std::uint32_t calls) & { return with(snow_session_set_max_in_flight, calls); }
    Session set_max_in_flight(std::uint32_t calls) && { return std::move(set_max_in_flight(calls)); }

    /// Whether cookies are kept between calls.
    Session &set_cookies(bool keep) & { return with(snow_session_set_cookies, keep); }
    Session set_cookies(bool keep) && { return std::move(set_cookies(keep)); }

    /// Whether plain http may be used to other machines than this one.
    Session &set_allow_http(bool allow) & { return with(snow_session_set_allow_http, allow); }
    Session set_allow_http(bool allow) && { return std::move(set_allow_http(allow)); }

    /// Sets an option by its name, from text.
    Session &set(const Text &name, const Text &value) & { return with(snow_session_set, name, value); }
    Session set(const Text &name, const Text &value) && { return std::move(set(name, value)); }

    /// The names that set() knows.
    static std::vector<std::string_view> option_names()
    {
        std::vector<std::string_view> names;
        while (const char *name = snow_session_option_name(names.size()))
            names.emplace_back(name);
        return names;
    }
};

/// An OAuth token that somebody else holds, as a `std::string_view` is a text that somebody else holds.
class TokenView {
public:
    /// A token of C, borrowed.
    explicit TokenView(const snow_token *token) noexcept : token_(token) {}

    /// The token as JSON: a secret, to be kept like a password.
    std::string_view json() const noexcept
    {
        std::size_t length = 0;
        const char *const json = snow_token_json(token_, &length);
        return json ? std::string_view(json, length) : std::string_view();
    }

    /// The access token, where there is one yet.
    std::optional<std::string_view> access_token() const noexcept
    {
        return detail::borrowed(snow_token_access_token(token_));
    }

    /// The refresh token, where the grant gave one.
    std::optional<std::string_view> refresh_token() const noexcept
    {
        return detail::borrowed(snow_token_refresh_token(token_));
    }

    /// When the access token ends, where that is known.
    std::optional<std::chrono::system_clock::time_point> expires_at() const noexcept
    {
        using Time = std::chrono::system_clock::time_point;
        const std::int64_t seconds = snow_token_expires_at(token_);
        if (seconds < 0)
            return std::nullopt;
        // The clock may count nanoseconds, which end in 2262.
        const bool is_beyond = seconds > detail::unix_seconds(Time::max());
        return is_beyond ? Time::max() : Time(std::chrono::seconds(seconds));
    }

    /// Writes the token to a file that only its owner may read.
    void save(const Text &path) const { detail::status(snow_token_save, token_, path); }

    /// The token of C, lent.
    const snow_token *handle() const noexcept { return token_; }

protected:
    /// What is viewed from here on; returns what was.
    const snow_token *replace(const snow_token *token) noexcept { return std::exchange(token_, token); }

private:
    const snow_token *token_;
};

/// An OAuth token of one's own.
class Token : public TokenView {
public:
    /// Owns a token of C from here on.
    explicit Token(snow_token *owned) noexcept : TokenView(owned) {}
    Token(Token &&other) noexcept : TokenView(other.replace(nullptr)) {}
    Token &operator=(Token &&other) noexcept
    {
        if (this != &other)
            snow_token_free(const_cast<snow_token *>(replace(other.replace(nullptr))));
        return *this;
    }
    ~Token() { snow_token_free(release()); }

    /// A token from JSON, as json() gives it and as pysnow's users keep it.
    [[nodiscard]] static Token from_json(const Text &json)
    {
        return Token(detail::make(snow_token_from_json, json).release());
    }

    /// A token of which only the refresh token is known.
    [[nodiscard]] static Token from_refresh_token(const Text &refresh_token)
    {
        return Token(detail::make(snow_token_from_refresh_token, refresh_token).release());
    }

    /// Reads a token from a file.
    [[nodiscard]] static Token load(const Text &path)
    {
        return Token(detail::make(snow_token_load, path).release());
    }

    /// Gives the token away; this object is empty then.
    [[nodiscard]] snow_token *release() noexcept { return const_cast<snow_token *>(replace(nullptr)); }
};

/// Which rows, in what order, which fields, in what form. A fresh one selects every row and every field.
class Query : public detail::Builder<Query, snow_query> {
public:
    using Builder::Builder;
    using Time = std::chrono::system_clock::time_point;

    /// Selects every row of a table, with every field, as stored values.
    Query() : Builder(detail::make(snow_query_new)) {}

    /// Reads a query from its text.
    [[nodiscard]] static Query parse(const Text &encoded)
    {
        return Query(detail::make(snow_query_parse, encoded));
    }

    /// A copy, conditions and options alike: the way from one query to several that begin with it.
    [[nodiscard]] Query clone() const { return Query(detail::make(snow_query_clone, handle())); }

    /// Adds a condition that takes no value: #SNOW_IS_EMPTY and its like.
    Query &where(const Text &field, Operator op) &
    {
        return with(snow_query_where, field, static_cast<snow_operator>(op), nullptr);
    }
    Query where(const Text &field, Operator op) && { return std::move(where(field, op)); }

    /// Adds a condition: field, operator, value.
    Query &where(const Text &field, Operator op, const Text &value) &
    {
        return with(snow_query_where, field, static_cast<snow_operator>(op), value);
    }
    Query where(const Text &field, Operator op, const Text &value) &&
    {
        return std::move(where(field, op, value));
    }

    /// Adds a condition with a truth value.
    template <class Bool, std::enable_if_t<std::is_same_v<Bool, bool>, int> = 0>
    Query &where(const Text &field, Operator op, Bool value) &
    {
        return with(snow_query_where_bool, field, static_cast<snow_operator>(op), value);
    }
    template <class Bool, std::enable_if_t<std::is_same_v<Bool, bool>, int> = 0>
    Query where(const Text &field, Operator op, Bool value) && { return std::move(where(field, op, value)); }

    /// Adds a condition with a whole number.
    template <class Integer,
              std::enable_if_t<std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>
                                   && !std::is_same_v<Integer, char>,
                               int> = 0>
    Query &where(const Text &field, Operator op, Integer value) &
    {
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        if (value > Integer(0) && static_cast<std::uint64_t>(value) > std::uint64_t(most))
            throw Error(Status::invalid_argument, "value: it is " + std::to_string(value)
                                                      + "; accepted is at most "
                                                      + std::to_string(most));
        return with(snow_query_where_int, field, static_cast<snow_operator>(op),
                    static_cast<std::int64_t>(value));
    }
    template <class Integer,
              std::enable_if_t<std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>
                                   && !std::is_same_v<Integer, char>,
                               int> = 0>
    Query where(const Text &field, Operator op, Integer value) && { return std::move(where(field, op, value)); }

    /// Adds a condition with a point in time; parts of a second do not count.
    Query &where(const Text &field, Operator op, Time time) &
    {
        return with(snow_query_where_time, field, static_cast<snow_operator>(op),
                    detail::unix_seconds(time));
    }
    Query where(const Text &field, Operator op, Time time) && { return std::move(where(field, op, time)); }

    /// Adds a condition: the field is one of a list of values.
    Query &where_in(const Text &field, std::initializer_list<std::string_view> values) &
    {
        return with_list(snow_query_where_in, field, values);
    }
    Query where_in(const Text &field, std::initializer_list<std::string_view> values) &&
    {
        return std::move(where_in(field, values));
    }

    /// Adds a condition: the field is one of a list of values, such as a `std::vector<std::string>`.
    template <class Values> Query &where_in(const Text &field, const Values &values) &
    {
        return with_list(snow_query_where_in, field, values);
    }
    template <class Values>
    Query where_in(const Text &field, const Values &values) && { return std::move(where_in(field, values)); }

    /// Adds a condition: the field is none of a list of values.
    Query &where_not_in(const Text &field, std::initializer_list<std::string_view> values) &
    {
        return with_list(snow_query_where_not_in, field, values);
    }
    Query where_not_in(const Text &field, std::initializer_list<std::string_view> values) &&
    {
        return std::move(where_not_in(field, values));
    }

    /// Adds a condition: the field is none of a list of values, such as a `std::vector<std::string>`.
    template <class Values> Query &where_not_in(const Text &field, const Values &values) &
    {
        return with_list(snow_query_where_not_in, field, values);
    }
    template <class Values>
    Query where_not_in(const Text &field, const Values &values) &&
    {
        return std::move(where_not_in(field, values));
    }

    /// Adds a condition: the field is within a range, both bounds included.
    Query &where_between(const Text &field, const Text &low, const Text &high) &
    {
        return with(snow_query_where_between, field, low, high);
    }
    Query where_between(const Text &field, const Text &low, const Text &high) &&
    {
        return std::move(where_between(field, low, high));
    }

    /// Adds a condition: the field is within a stretch of time, both ends included.
    Query &where_between(const Text &field, Time low, Time high) &
    {
        return with(snow_query_where_between_times, field, detail::unix_seconds(low),
                    detail::unix_seconds(high));
    }
    Query where_between(const Text &field, Time low, Time high) &&
    {
        return std::move(where_between(field, low, high));
    }

    /// Adds a condition whose value the instance works out. Never build a script from text that is not yours.
    Query &where_script(const Text &field, Operator op, const Text &script) &
    {
        return with(snow_query_where_script, field, static_cast<snow_operator>(op), script);
    }
    Query where_script(const Text &field, Operator op, const Text &script) &&
    {
        return std::move(where_script(field, op, script));
    }

    /// Adds a condition: all of some words stand anywhere in the record.
    Query &where_text(const Text &words) & { return with(snow_query_where_text, words); }
    Query where_text(const Text &words) && { return std::move(where_text(words)); }

    /// Adds a condition: so many records of another table refer to the row.
    Query &where_related(const Text &reference, Operator op, std::uint32_t count) &
    {
        return with(snow_query_where_related, reference, static_cast<snow_operator>(op), count, nullptr);
    }
    Query where_related(const Text &reference, Operator op, std::uint32_t count) &&
    {
        return std::move(where_related(reference, op, count));
    }

    /// Adds a condition: so many records of another table refer to the row, of those that a query selects.
    Query &where_related(const Text &reference, Operator op, std::uint32_t count, const Query &conditions) &
    {
        return with(snow_query_where_related, reference, static_cast<snow_operator>(op), count,
                    detail::full("conditions", conditions));
    }
    Query where_related(const Text &reference, Operator op, std::uint32_t count, const Query &conditions) &&
    {
        return std::move(where_related(reference, op, count, conditions));
    }

    /// Adds a condition: a record of another table has the value of a field.
    Query &where_join(const Text &field, const Text &other) &
    {
        return with(snow_query_where_join, field, other, nullptr);
    }
    Query where_join(const Text &field, const Text &other) && { return std::move(where_join(field, other)); }

    /// Adds a condition: a record of another table, of those that a query selects, has the value of a field.
    Query &where_join(const Text &field, const Text &other, const Query &conditions) &
    {
        return with(snow_query_where_join, field, other, detail::full("conditions", conditions));
    }
    Query where_join(const Text &field, const Text &other, const Query &conditions) &&
    {
        return std::move(where_join(field, other, conditions));
    }

    /// Makes the next condition an alternative of the one before: `snow_query_or`.
    Query &or_() & { return with(snow_query_or); }
    Query or_() && { return std::move(or_()); }

    /// Begins another group of conditions (`^NQ`).
    Query &new_query() & { return with(snow_query_new_query); }
    Query new_query() && { return std::move(new_query()); }

    /// Adds an encoded query as text, as it is. Never build it from text that is not yours.
    Query &raw(const Text &encoded) & { return with(snow_query_raw, encoded); }
    Query raw(const Text &encoded) && { return std::move(raw(encoded)); }

    /// Orders rows by a field, upward.
    Query &order_by(const Text &field) & { return with(snow_query_order_by, field); }
    Query order_by(const Text &field) && { return std::move(order_by(field)); }

    /// Orders rows by a field, downward.
    Query &order_by_desc(const Text &field) & { return with(snow_query_order_by_desc, field); }
    Query order_by_desc(const Text &field) && { return std::move(order_by_desc(field)); }

    /// Groups rows by a field in a list of the user interface.
    Query &group_by(const Text &field) & { return with(snow_query_group_by, field); }
    Query group_by(const Text &field) && { return std::move(group_by(field)); }

    /// Chooses which fields rows have: names with commas between.
    Query &fields(const Text &fields) & { return with(snow_query_fields, fields); }
    Query fields(const Text &fields) && { return std::move(this->fields(fields)); }

    /// Ends a list after so many rows in all.
    Query &limit(std::uint64_t rows) & { return with(snow_query_limit, rows); }
    Query limit(std::uint64_t rows) && { return std::move(limit(rows)); }

    /// Skips so many rows first.
    Query &offset(std::uint64_t rows) & { return with(snow_query_offset, rows); }
    Query offset(std::uint64_t rows) && { return std::move(offset(rows)); }

    /// Reads so many rows with each request.
    Query &page_size(std::uint32_t rows) & { return with(snow_query_page_size, rows); }
    Query page_size(std::uint32_t rows) && { return std::move(page_size(rows)); }

    /// Chooses between stored values, display values and both.
    Query &display_value(Display form) &
    {
        return with(snow_query_display_value, static_cast<snow_display>(form));
    }
    Query display_value(Display form) && { return std::move(display_value(form)); }

    /// Whether references come without their link.
    Query &exclude_reference_link(bool exclude) &
    {
        return with(snow_query_exclude_reference_link, exclude);
    }
    Query exclude_reference_link(bool exclude) && { return std::move(exclude_reference_link(exclude)); }

    /// Asks for the fields of a view of the user interface.
    Query &view(const Text &view) & { return with(snow_query_view, view); }
    Query view(const Text &view) && { return std::move(this->view(view)); }

    /// Whether a list goes without a count of its rows.
    Query &no_count(bool without) & { return with(snow_query_no_count, without); }
    Query no_count(bool without) && { return std::move(no_count(without)); }

    /// Lets a list be read from a replica of the database.
    Query &category(const Text &category) & { return with(snow_query_category, category); }
    Query category(const Text &category) && { return std::move(this->category(category)); }

    /// Whether records of every domain are reached.
    Query &no_domain(bool all) & { return with(snow_query_no_domain, all); }
    Query no_domain(bool all) && { return std::move(no_domain(all)); }

    /// Whether the values that a write gives are display values.
    Query &input_display_value(bool display) & { return with(snow_query_input_display_value, display); }
    Query input_display_value(bool display) && { return std::move(input_display_value(display)); }

    /// Whether the instance leaves the fields alone that it fills by itself on a write.
    Query &suppress_auto_sys_field(bool suppress) &
    {
        return with(snow_query_suppress_auto_sys_field, suppress);
    }
    Query suppress_auto_sys_field(bool suppress) && { return std::move(suppress_auto_sys_field(suppress)); }

    /// Adds a parameter of the Table API that has no function of its own here.
    Query &set(const Text &name, const Text &value) & { return with(snow_query_set, name, value); }
    Query set(const Text &name, const Text &value) && { return std::move(set(name, value)); }

    /// The conditions and the order as an encoded query, borrowed until the query is changed.
    std::string_view encoded() const { return detail::lend(snow_query_encoded, handle()); }

private:
    template <class Function, class Values>
    Query &with_list(Function *function, const Text &field, const Values &values)
    {
        // What a range gives may be gone with its next value. A deque leaves its elements where they are.
        std::deque<std::string> texts;
        std::vector<const char *> pointers;
        for (const auto &value : values) {
            const Text text(value);
            if (text.nul() != std::string::npos)
                throw detail::Call::holds_nul("values", text.nul());
            const char *const borrowed = text;
            pointers.push_back(borrowed ? texts.emplace_back(borrowed).c_str() : nullptr);
        }
        return with(function, field, pointers.data(), pointers.size());
    }
};

class Record;

/// A record that somebody else holds, such as a row of a cursor, as a `std::string_view` is a text that
/// somebody else holds. Cheap to copy; clone() keeps the record itself.
class RecordView {
public:
    /// A record of C, borrowed.
    explicit RecordView(const snow_record *record) noexcept : record_(record) {}

    /// The stored value of a field.
    std::optional<std::string_view> get(const Text &field) const noexcept
    {
        return part(snow_record_get, field);
    }

    /// The display value of a field.
    std::optional<std::string_view> display(const Text &field) const noexcept
    {
        return part(snow_record_display, field);
    }

    /// The link of a reference.
    std::optional<std::string_view> link(const Text &field) const noexcept
    {
        return detail::borrowed(snow_record_link(record_, field));
    }

    /// The names of the fields, in the order in which the instance sent them.
    std::vector<std::string_view> field_names() const
    {
        std::vector<std::string_view> names;
        names.reserve(snow_record_field_count(record_));
        while (const char *name = snow_record_field_name(record_, names.size()))
            names.emplace_back(name);
        return names;
    }

    /// The record as a JSON object.
    std::string_view json() const noexcept
    {
        std::size_t length = 0;
        const char *const json = snow_record_json(record_, &length);
        return json ? std::string_view(json, length) : std::string_view();
    }

    /// A copy: the way to keep a row of a cursor.
    [[nodiscard]] Record clone() const;

    /// The record of C, lent.
    const snow_record *handle() const noexcept { return record_; }

protected:
    /// What is viewed from here on; returns what was.
    const snow_record *replace(const snow_record *record) noexcept
    {
        return std::exchange(record_, record);
    }

private:
    using Read = const char *(const snow_record *, const char *, std::size_t *);

    /// A text of a field; it may hold a NUL.
    std::optional<std::string_view> part(Read *read, const char *field) const noexcept
    {
        std::size_t length = 0;
        const char *const value = read(record_, field, &length);
        return value ? std::optional<std::string_view>(std::in_place, value, length) : std::nullopt;
    }

    const snow_record *record_;
};

/// A record of one's own: read from an instance, or built to be sent to one.
class Record : public RecordView {
public:
    /// A record without fields.
    Record() : Record(detail::make(snow_record_new).release()) {}

    /// Owns a record of C from here on.
    explicit Record(snow_record *owned) noexcept : RecordView(owned) {}
    Record(Record &&other) noexcept : RecordView(other.replace(nullptr)) {}
    Record &operator=(Record &&other) noexcept
    {
        if (this != &other)
            snow_record_free(const_cast<snow_record *>(replace(other.replace(nullptr))));
        return *this;
    }
    ~Record() { snow_record_free(release()); }

    /// A record from a JSON object, or from an answer that holds one.
    [[nodiscard]] static Record from_json(std::string_view json)
    {
        return Record(detail::make(snow_record_from_json, json.data(), json.size()).release());
    }

    /// Sets a field to a text.
    Record &set(const Text &field, const Text &value) &
    {
        detail::status(snow_record_set, handle(), field, value);
        return *this;
    }
    Record set(const Text &field, const Text &value) && { return std::move(set(field, value)); }

    /// The record of C, lent.
    snow_record *handle() const noexcept { return const_cast<snow_record *>(RecordView::handle()); }

    /// Gives the record away; this object is empty then.
    [[nodiscard]] snow_record *release() noexcept { return const_cast<snow_record *>(replace(nullptr)); }
};

inline Record RecordView::clone() const
{
    return Record(detail::make(snow_record_clone, record_).release());
}

/// The rows that a query matches, one by one, however many there are:
///
///     for (const snow::RecordView &row : client.table_list("incident", query))
///         std::cout << row.get("number").value_or("") << '\n';
///
/// A row is borrowed until the next one. The cursor must not be moved while it is walked.
class Cursor : public detail::Holder<snow_cursor> {
public:
    using Holder::Holder;

    /// Goes to the next row. Empty after the last one. A row that came when a callback threw is the next one.
    std::optional<RecordView> next()
    {
        if (handle() && waiting_.row)
            return RecordView(std::exchange(waiting_.row, nullptr));
        const snow_record *row = nullptr;
        try {
            if (detail::status(snow_cursor_next, handle(), &row) == SNOW_DONE)
                return std::nullopt;
        } catch (...) {
            waiting_.row = row;
            throw;
        }
        return RecordView(row);
    }

    /// How many rows the query matches, where the instance counts them and the first row has come.
    std::optional<std::uint64_t> total() const noexcept
    {
        return detail::counted(snow_cursor_total(handle()));
    }

    /// How many rows the cursor has given so far.
    std::uint64_t fetched() const noexcept { return snow_cursor_fetched(handle()); }

    /// Ends the cursor, from any thread.
    void cancel() const { detail::status(snow_cursor_cancel, handle()); }

    /// Walks the rows once, from the one after those that were taken already.
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = RecordView;
        using difference_type = std::ptrdiff_t;
        using pointer = const RecordView *;
        using reference = const RecordView &;

        /// Behind the last row of any cursor.
        iterator() noexcept = default;

        reference operator*() const noexcept { return *row_; }
        pointer operator->() const noexcept { return &*row_; }

        /// Goes to the next row.
        iterator &operator++()
        {
            row_ = cursor_->next();
            return *this;
        }

        /// As the other, but the row before is gone, so there is nothing to return.
        void operator++(int) { ++*this; }

        /// Whether both are behind the last row, or neither is.
        friend bool operator==(const iterator &left, const iterator &right) noexcept
        {
            return left.row_.has_value() == right.row_.has_value();
        }
        friend bool operator!=(const iterator &left, const iterator &right) noexcept
        {
            return !(left == right);
        }

    private:
        friend class Cursor;
        explicit iterator(Cursor *cursor) : cursor_(cursor), row_(cursor->next()) {}

        Cursor *cursor_ = nullptr;
        std::optional<RecordView> row_;
    };

    /// Goes to the next row.
    iterator begin() { return iterator(this); }

    /// Behind the last row.
    iterator end() noexcept { return iterator(); }

private:
    /// A row that came and was not given, which goes with the cursor that it is of.
    struct Waiting {
        Waiting() noexcept = default;
        Waiting(Waiting &&other) noexcept : row(std::exchange(other.row, nullptr)) {}
        Waiting &operator=(Waiting &&other) noexcept
        {
            row = std::exchange(other.row, nullptr);
            return *this;
        }

        const snow_record *row = nullptr;
    } waiting_;
};

/// How far an export is.
struct ExportProgress {
    /// Rows that came.
    std::uint64_t rows;
    /// Bytes of all rows that came, as JSON text, unpacked.
    std::uint64_t bytes;
    /// Rows that the instance counted; 0 as long as it has not.
    std::uint64_t expected;
    /// The time since the first row was asked for.
    std::chrono::milliseconds elapsed;
};

namespace detail {

/// Runs a callback that says by nothing or a bool how it went.
template <class Callback, class... Arguments>
std::int32_t run(Callback &&callback, const Arguments &...arguments) noexcept
{
    using Result = std::invoke_result_t<Callback &, const Arguments &...>;
    static_assert(std::is_void_v<Result> || std::is_same_v<Result, bool>,
                  "a callback returns nothing, or a bool that is false for failure");
    try {
        if constexpr (std::is_void_v<Result>)
            callback(arguments...);
        else if (!callback(arguments...))
            return 0;
        return SNOW_HANDLED;
    } catch (...) {
        Call::keep();
        return 0;
    }
}

template <class Callback> std::int32_t token(void *callback, const snow_token *issued) noexcept
{
    return run(*static_cast<Callback *>(callback), TokenView(issued));
}

template <class Callback> void line(void *callback, snow_log_level level, const char *text) noexcept
{
    run(*static_cast<Callback *>(callback), static_cast<LogLevel>(level), std::string_view(text));
}

template <class Callback>
std::int32_t progress(void *callback, std::uint64_t bytes, std::int64_t total) noexcept
{
    return run(*static_cast<Callback *>(callback), bytes, counted(total));
}

template <class Callback>
std::int32_t export_progress(void *callback, std::uint64_t rows, std::uint64_t bytes,
                             std::uint64_t expected, std::uint64_t elapsed_ms) noexcept
{
    return run(*static_cast<Callback *>(callback),
               ExportProgress{rows, bytes, expected, std::chrono::milliseconds(elapsed_ms)});
}

template <class Callback>
std::int32_t read(void *callback, void *buffer, std::size_t size, std::size_t *count) noexcept
{
    return run([=] {
        auto &give = *static_cast<Callback *>(callback);
        *count = static_cast<std::size_t>(give(static_cast<char *>(buffer), size));
    });
}

template <class Callback>
std::int32_t write(void *callback, const void *bytes, std::size_t length) noexcept
{
    return run(*static_cast<Callback *>(callback),
               std::string_view(static_cast<const char *>(bytes), length));
}

template <class Callback> void destroy(void *callback) noexcept
{
    delete static_cast<Callback *>(callback);
}

/// A callback on its way to C, which ends it with destroy().
template <class Callback> std::decay_t<Callback> *kept(Callback &&callback)
{
    return new std::decay_t<Callback>(std::forward<Callback>(callback));
}

} // namespace detail

/// Rows as a stream of Arrow batches, released with this object. Whoever imports the stream, such as
/// `arrow::ImportRecordBatchReader(rows.get())`, takes it over, and nothing is left here to release.
class ArrowStream {
public:
    /// Takes over what a call has made.
    explicit ArrowStream(const ArrowArrayStream &made) noexcept : stream_(made) {}
    ArrowStream(ArrowStream &&other) noexcept : stream_(std::exchange(other.stream_, ArrowArrayStream{})) {}
    ArrowStream &operator=(ArrowStream &&other) noexcept
    {
        ArrowStream taken(std::move(other));
        std::swap(stream_, taken.stream_);
        return *this;
    }
    ArrowStream(const ArrowStream &) = delete;
    ArrowStream &operator=(const ArrowStream &) = delete;
    ~ArrowStream()
    {
        if (stream_.release)
            stream_.release(&stream_);
    }

    /// The stream, to read or to take over; borrowed until this object is gone.
    ArrowArrayStream *get() noexcept { return &stream_; }

private:
    ArrowArrayStream stream_;
};

/// An export of all rows that a query matches, over several connections at once. See Client::table_export().
class Export : public detail::Builder<Export, snow_export> {
public:
    using Builder::Builder;

    /// How many connections read at once, from 1 to 64.
    Export &set_connections(std::uint32_t connections) &
    {
        return with(snow_export_set_connections, connections);
    }
    Export set_connections(std::uint32_t connections) && { return std::move(set_connections(connections)); }

    /// The order of the rows, in place of the query's or any.
    Export &set_order(Order order) &
    {
        return with(snow_export_set_order, static_cast<snow_order>(order));
    }
    Export set_order(Order order) && { return std::move(set_order(order)); }

    /// Who is told how far the export is: `progress(const snow::ExportProgress &)`, on the thread that takes
    /// the rows. What it throws comes out of the call that takes them.
    template <class Progress> Export &set_progress(Progress &&progress) &
    {
        using Kept = std::decay_t<Progress>;
        return with(snow_export_set_progress_callback, detail::export_progress<Kept>,
                    detail::kept(std::forward<Progress>(progress)), detail::destroy<Kept>);
    }
    template <class Progress>
    Export set_progress(Progress &&progress) &&
    {
        return std::move(set_progress(std::forward<Progress>(progress)));
    }

    /// Tells nobody any more.
    Export &set_progress(std::nullptr_t) &
    {
        return with(snow_export_set_progress_callback, nullptr, nullptr, nullptr);
    }
    Export set_progress(std::nullptr_t) && { return std::move(set_progress(nullptr)); }

    /// Whether every Arrow column is text, in place of the types that the dictionary names.
    Export &set_all_text(bool all_text) & { return with(snow_export_set_all_text, all_text ? 1 : 0); }
    Export set_all_text(bool all_text) && { return std::move(set_all_text(all_text)); }

    /// Reads the dictionary and begins: the rows as Arrow. The export may be gone before they are. What
    /// progress throws makes `get_next` fail.
    [[nodiscard]] ArrowStream arrow()
    {
        ArrowStream made{ArrowArrayStream{}};
        detail::status(snow_export_arrow, handle(), made.get());
        return made;
    }

    /// Begins: the rows, one by one. The export may be gone before they are.
    [[nodiscard]] Cursor rows() { return Cursor(detail::make(snow_export_rows, handle())); }

    /// How many of something there were so far, and in all once it has ended.
    std::uint64_t count(ExportCounter counter) const noexcept
    {
        const auto which = static_cast<snow_export_counter>(counter);
        return detail::counted(snow_export_count(handle(), which)).value_or(0);
    }
};

/// A call of the REST API, described; it can be sent again.
class Request : public detail::Builder<Request, snow_request> {
public:
    using Builder::Builder;

    /// Without parameters, headers or body.
    Request(const Text &method, const Text &path)
        : Builder(detail::make(snow_request_new, method, path))
    {
    }

    /// Sets a parameter of the URL.
    Request &set_param(const Text &name, const Text &value) &
    {
        return with(snow_request_set_param, name, value);
    }
    Request set_param(const Text &name, const Text &value) && { return std::move(set_param(name, value)); }

    /// Takes everything that a query says as parameters, in place of another query's.
    Request &set_query(const Query &query) & { return with(snow_request_set_query, query.handle()); }
    Request set_query(const Query &query) && { return std::move(set_query(query)); }

    /// Sets a header of this request, in place of the session's of that name.
    Request &set_header(const Text &name, const Text &value) &
    {
        return with(snow_request_set_header, name, value);
    }
    Request set_header(const Text &name, const Text &value) && { return std::move(set_header(name, value)); }

    /// Sends these bytes as the body.
    Request &set_body(std::string_view body, const Text &content_type) &
    {
        return with(snow_request_set_body, body.data(), body.size(), content_type);
    }
    Request set_body(std::string_view body, const Text &content_type) &&
    {
        return std::move(set_body(body, content_type));
    }

    /// Sends the fields of a record as a JSON body.
    Request &set_record(RecordView record) & { return with(snow_request_set_record, record.handle()); }
    Request set_record(RecordView record) && { return std::move(set_record(record)); }

    /// Sends the content of a file as the body.
    Request &set_body_file(const Text &path, const Text &content_type) &
    {
        return with(snow_request_set_body_file, path, content_type);
    }
    Request set_body_file(const Text &path, const Text &content_type) &&
    {
        return std::move(set_body_file(path, content_type));
    }

    /// Sends what a callback gives as the body: `std::size_t read(char *buffer, std::size_t size)` returns
    /// how many bytes it filled in, 0 at the end; to fail, it throws. Such a request can be sent once.
    ///
    /// The length is in bytes, and nothing where it is known only when all has been read.
    template <class Read>
    Request &set_body_reader(std::optional<std::uint64_t> length, Read &&read, const Text &content_type) &
    {
        using Kept = std::decay_t<Read>;
        return with(snow_request_set_body_reader, length.value_or(SNOW_LENGTH_UNKNOWN),
                    detail::read<Kept>, detail::kept(std::forward<Read>(read)), detail::destroy<Kept>,
                    content_type);
    }
    template <class Read>
    Request set_body_reader(std::optional<std::uint64_t> length, Read &&read, const Text &content_type) &&
    {
        return std::move(set_body_reader(length, std::forward<Read>(read), content_type));
    }

    /// How long this request may take, in place of what the session says.
    Request &set_timeout(std::chrono::milliseconds timeout) &
    {
        return with(snow_request_set_timeout, detail::milliseconds("timeout", timeout));
    }
    Request set_timeout(std::chrono::milliseconds timeout) && { return std::move(set_timeout(timeout)); }
};

/// The answer to a request.
class Response : public detail::Holder<snow_response> {
public:
    using Holder::Holder;

    /// The HTTP status.
    std::int32_t status() const noexcept { return snow_response_status(handle()); }

    /// A header, by its name in any case.
    std::optional<std::string_view> header(const Text &name) const noexcept
    {
        return detail::borrowed(snow_response_header(handle(), name));
    }

    /// The names, in small letters, and values of all headers. The value of one that is no UTF-8 is empty.
    std::vector<std::pair<std::string_view, std::string_view>> headers() const
    {
        std::vector<std::pair<std::string_view, std::string_view>> headers;
        headers.reserve(snow_response_header_count(handle()));
        while (const char *name = snow_response_header_name(handle(), headers.size())) {
            const char *const value = snow_response_header_value(handle(), headers.size());
            headers.emplace_back(name, value ? value : "");
        }
        return headers;
    }

    /// Throws unless the answer is a success.
    void check() const { detail::status(snow_response_check, handle()); }

    /// The whole body. Not of a response from Client::open().
    std::string_view body() const
    {
        std::size_t length = 0;
        const char *const body = detail::lend(snow_response_body, handle(), &length);
        return {body, length};
    }

    /// Reads what comes next of the body.
    ///
    /// @return How many bytes; 0 at the end, and only there.
    std::size_t read(void *buffer, std::size_t size)
    {
        std::size_t count = 0;
        detail::status(snow_response_read, handle(), buffer, size, &count);
        return count;
    }

    /// The `result` of the answer as JSON text.
    std::string_view result() const
    {
        std::size_t length = 0;
        const char *const result = detail::lend(snow_response_result, handle(), &length);
        return {result, length};
    }

    /// How many records the answer holds.
    std::size_t record_count() const
    {
        std::size_t count = 0;
        detail::status(snow_response_record_count, handle(), &count);
        return count;
    }

    /// A record of the answer, borrowed until the response is gone.
    RecordView record(std::size_t index) const
    {
        return RecordView(detail::lend(snow_response_record, handle(), index));
    }

    /// All records of the answer, borrowed likewise, so not of a response that ends with its line.
    std::vector<RecordView> records() const && = delete;
    std::vector<RecordView> records() const &
    {
        std::vector<RecordView> records;
        const std::size_t count = record_count();
        records.reserve(count);
        while (records.size() < count)
            records.push_back(record(records.size()));
        return records;
    }

    /// The one record of the answer, borrowed likewise.
    RecordView one() const { return RecordView(detail::lend(snow_response_one, handle())); }
};

/// A file to be attached to a record, described.
class Upload : public detail::Builder<Upload, snow_upload> {
public:
    using Builder::Builder;

    /// To a record; needs content before it is sent.
    Upload(const Text &table, const Text &sys_id) : Builder(detail::make(snow_upload_new, table, sys_id)) {}

    /// Sends the content of a file.
    Upload &set_file(const Text &path) & { return with(snow_upload_set_file, path); }
    Upload set_file(const Text &path) && { return std::move(set_file(path)); }

    /// Sends these bytes.
    Upload &set_bytes(std::string_view bytes) &
    {
        return with(snow_upload_set_bytes, bytes.data(), bytes.size());
    }
    Upload set_bytes(std::string_view bytes) && { return std::move(set_bytes(bytes)); }

    /// Sends what a callback gives, see Request::set_body_reader(). Such an upload can be sent once.
    template <class Read> Upload &set_reader(std::optional<std::uint64_t> length, Read &&read) &
    {
        using Kept = std::decay_t<Read>;
        return with(snow_upload_set_reader, length.value_or(SNOW_LENGTH_UNKNOWN), detail::read<Kept>,
                    detail::kept(std::forward<Read>(read)), detail::destroy<Kept>);
    }
    template <class Read>
    Upload set_reader(std::optional<std::uint64_t> length, Read &&read) &&
    {
        return std::move(set_reader(length, std::forward<Read>(read)));
    }

    /// The name of the attachment, in place of that of the file.
    Upload &set_file_name(const Text &file_name) & { return with(snow_upload_set_file_name, file_name); }
    Upload set_file_name(const Text &file_name) && { return std::move(set_file_name(file_name)); }

    /// The media type of the attachment, in place of the one that its name suggests.
    Upload &set_content_type(const Text &content_type) &
    {
        return with(snow_upload_set_content_type, content_type);
    }
    Upload set_content_type(const Text &content_type) && { return std::move(set_content_type(content_type)); }

    /// Whether the file is sent as the last part of a form.
    Upload &set_multipart(bool multipart) & { return with(snow_upload_set_multipart, multipart); }
    Upload set_multipart(bool multipart) && { return std::move(set_multipart(multipart)); }

    /// Who is told how far the upload is: `progress(std::uint64_t bytes, std::optional<std::uint64_t> total)`.
    /// It throws or returns false to cancel.
    template <class Progress> Upload &set_progress(Progress &&progress) &
    {
        using Kept = std::decay_t<Progress>;
        return with(snow_upload_set_progress, detail::progress<Kept>,
                    detail::kept(std::forward<Progress>(progress)), detail::destroy<Kept>);
    }
    template <class Progress>
    Upload set_progress(Progress &&progress) &&
    {
        return std::move(set_progress(std::forward<Progress>(progress)));
    }

    /// Tells nobody any more.
    Upload &set_progress(std::nullptr_t) &
    {
        return with(snow_upload_set_progress, nullptr, nullptr, nullptr);
    }
    Upload set_progress(std::nullptr_t) && { return std::move(set_progress(nullptr)); }
};

/// What keeps a client from working, and what to do about it.
class Diagnosis : public detail::Holder<snow_diagnosis> {
public:
    using Holder::Holder;

    /// Whether nothing is in the way of the client.
    bool is_ok() const noexcept { return snow_diagnosis_is_ok(handle()) == 1; }

    /// A line for each check, and one below it where there is something to do.
    std::string_view text() const noexcept { return detail::borrowed(snow_diagnosis_text(handle(), nullptr)).value_or(""); }

    /// The same for programs: `{"instance", "ok", "checks"}`.
    std::string_view json() const noexcept { return detail::borrowed(snow_diagnosis_json(handle(), nullptr)).value_or(""); }
};

/// A client of one instance. One serves all threads.
class Client : public detail::Holder<snow_client> {
public:
    using Holder::Holder;

    /// A client of an instance (a name, a host or a URL), with every option at its default.
    explicit Client(const Text &instance) : Holder(detail::make(snow_client_new, instance, nullptr)) {}

    /// A client of an instance, with a session.
    Client(const Text &instance, const Session &session)
        : Holder(detail::make(snow_client_new, instance, detail::full("session", session)))
    {
    }

    /// Signs in with a user's name and password (HTTP Basic).
    [[nodiscard]] static Client basic(const Text &instance, const Text &user, const Text &password)
    {
        return Client(detail::make(snow_client_new_basic, instance, user, password));
    }

    /// Signs in with OAuth tokens, the first of which login() gets.
    [[nodiscard]] static Client oauth(const Text &instance, const Text &client_id,
                                      const Text &client_secret)
    {
        return Client(detail::make(snow_client_new_oauth, instance, client_id, client_secret, nullptr));
    }

    /// Signs in with OAuth tokens, the first of which was kept from before.
    [[nodiscard]] static Client oauth(const Text &instance, const Text &client_id,
                                      const Text &client_secret, TokenView token)
    {
        return Client(
            detail::make(snow_client_new_oauth, instance, client_id, client_secret, detail::full("token", token)));
    }

    /// The address of the instance that the client calls.
    std::string_view url() const noexcept { return detail::borrowed(snow_client_url(handle())).value_or(""); }

    /// Tells a callback of each token that is issued to this client: `store(snow::TokenView token)`, to which
    /// the token is lent until it returns.
    template <class Store> void set_token_callback(Store &&store)
    {
        using Kept = std::decay_t<Store>;
        detail::status(snow_set_token_callback, handle(), detail::token<Kept>,
                       detail::kept(std::forward<Store>(store)), detail::destroy<Kept>);
    }

    /// Tells nobody any more.
    void set_token_callback(std::nullptr_t)
    {
        detail::status(snow_set_token_callback, handle(), nullptr, nullptr, nullptr);
    }

    /// Signs a user in by name and password with OAuth.
    void login(const Text &user, const Text &password)
    {
        detail::status(snow_client_login, handle(), user, password);
    }

    /// Uses a token from now on.
    void set_token(TokenView token) { detail::status(snow_client_set_token, handle(), token.handle()); }

    /// A copy of the token now in use.
    Token token() const { return Token(detail::make(snow_client_token, handle()).release()); }

    /// Closes the client: calls that are under way get some time to end, and are cancelled then, which throws
    /// #SNOW_TIMEOUT.
    void close(std::chrono::milliseconds timeout)
    {
        detail::status(snow_client_close, handle(), detail::milliseconds("timeout", timeout));
    }

    // Tables

    /// Reads one record.
    Record table_get(const Text &table, const Text &sys_id, const Query &query = Query()) const
    {
        return Record(detail::make(snow_table_get, handle(), table, sys_id, detail::full("query", query)).release());
    }

    /// An export of all records that a query matches.
    [[nodiscard]] Export table_export(const Text &table, const Query &query = Query()) const
    {
        return Export(detail::make(snow_export_new, handle(), table, detail::full("query", query)));
    }

    /// Reads all records that a query matches, as Arrow.
    [[nodiscard]] ArrowStream table_arrow(const Text &table, const Query &query = Query()) const
    {
        ArrowStream made{ArrowArrayStream{}};
        detail::status(snow_table_arrow, handle(), table, detail::full("query", query), made.get());
        return made;
    }

    /// So many encoded queries that together match each row of a query once, for workers that share an export.
    [[nodiscard]] std::vector<std::string> table_shards(const Text &table, std::uint32_t count,
                                                        const Query &query = Query()) const
    {
        const auto shards = detail::make(snow_table_shards, handle(), table, detail::full("query", query), count);
        std::vector<std::string> queries;
        for (std::uint32_t i = 0; i < snow_shards_count(shards.get()); ++i)
            queries.emplace_back(snow_shards_query(shards.get(), i, nullptr));
        return queries;
    }

    /// Begins to read all records that a query matches.
    [[nodiscard]] Cursor table_list(const Text &table, const Query &query = Query()) const
    {
        return Cursor(detail::make(snow_table_list, handle(), table, detail::full("query", query)));
    }

    /// Reads the first record that a query matches, after those that its offset skips.
    Record table_first(const Text &table, const Query &query = Query()) const
    {
        return Record(detail::make(snow_table_first, handle(), table, detail::full("query", query)).release());
    }

    /// Reads the one record that a query matches: the only one of all, whatever limit and offset it has.
    Record table_one(const Text &table, const Query &query = Query()) const
    {
        return Record(detail::make(snow_table_one, handle(), table, detail::full("query", query)).release());
    }

    /// Counts the records that a query matches.
    std::uint64_t table_count(const Text &table, const Query &query = Query()) const
    {
        std::uint64_t count = 0;
        detail::status(snow_table_count, handle(), table, detail::full("query", query), &count);
        return count;
    }

    /// Creates a record, and returns it as the instance stored it.
    Record table_create(const Text &table, RecordView record, const Query &query = Query()) const
    {
        return Record(
            detail::make(snow_table_create, handle(), table, record.handle(), detail::full("query", query)).release());
    }

    /// Creates a record, and finds out what became of it when the answer is lost.
    std::pair<Record, Created> table_create_once(const Text &table, RecordView record,
                                                 const Query &query = Query()) const
    {
        snow_created created = SNOW_CREATED_UNKNOWN;
        Record stored(detail::make(snow_table_create_once, handle(), table, record.handle(),
                                   detail::full("query", query), &created)
                          .release());
        return {std::move(stored), static_cast<Created>(created)};
    }

    /// Changes the fields given and leaves the others.
    Record table_update(const Text &table, const Text &sys_id, RecordView record,
                        const Query &query = Query()) const
    {
        return Record(detail::make(snow_table_update, handle(), table, sys_id, record.handle(),
                                   detail::full("query", query))
                          .release());
    }

    /// As table_update() with PUT.
    Record table_replace(const Text &table, const Text &sys_id, RecordView record,
                         const Query &query = Query()) const
    {
        return Record(detail::make(snow_table_replace, handle(), table, sys_id, record.handle(),
                                   detail::full("query", query))
                          .release());
    }

    /// Deletes a record.
    void table_delete(const Text &table, const Text &sys_id, const Query &query = Query()) const
    {
        detail::status(snow_table_delete, handle(), table, sys_id, detail::full("query", query));
    }

    /// Changes the one record that a query matches, where the instance leaves no condition out.
    Record table_update_one(const Text &table, const Query &query, RecordView record) const
    {
        return Record(
            detail::make(snow_table_update_one, handle(), table, query.handle(), record.handle())
                .release());
    }

    /// Deletes the one record that a query matches, where the instance leaves no condition out.
    void table_delete_one(const Text &table, const Query &query) const
    {
        detail::status(snow_table_delete_one, handle(), table, query.handle());
    }

    // Requests

    /// Sends a request and waits for the whole answer, whatever it says: see Response::check().
    Response send(const Request &request) const
    {
        return Response(detail::make(snow_client_send, handle(), request.handle()));
    }

    /// As send(), but returns when the answer begins; its body is read with Response::read().
    Response open(const Request &request) const
    {
        return Response(detail::make(snow_client_open, handle(), request.handle()));
    }

    // Attachments

    /// The metadata of attachments: of one record, of a table where there is no `sys_id`, or of all.
    [[nodiscard]] Cursor attachment_list(const Text &table = std::nullopt,
                                         const Text &sys_id = std::nullopt,
                                         const Query &query = Query()) const
    {
        return Cursor(detail::make(snow_attachment_list, handle(), table, sys_id, detail::full("query", query)));
    }

    /// The metadata of an attachment.
    Record attachment_get(const Text &sys_id) const
    {
        return Record(detail::make(snow_attachment_get, handle(), sys_id).release());
    }

    /// Attaches a file to a record, and returns its metadata.
    Record attachment_upload_file(const Text &table, const Text &sys_id, const Text &path) const
    {
        return Record(
            detail::make(snow_attachment_upload_file, handle(), table, sys_id, path).release());
    }

    /// Writes the content of an attachment to a file.
    void attachment_download_file(const Text &sys_id, const Text &path) const
    {
        detail::status(snow_attachment_download_file, handle(), sys_id, path);
    }

    /// As the other, and tells how far it is, as Upload::set_progress() does.
    template <class Progress>
    void attachment_download_file(const Text &sys_id, const Text &path, Progress progress) const
    {
        detail::status(snow_attachment_download_file_with_progress, handle(), sys_id, path,
                       detail::progress<Progress>, std::addressof(progress), nullptr);
    }

    /// The content of an attachment, as the body of a response.
    Response attachment_download(const Text &sys_id) const
    {
        return Response(detail::make(snow_attachment_download, handle(), sys_id));
    }

    /// Hands the content of an attachment to a callback, piece by piece: `write(std::string_view bytes)`,
    /// which throws or returns false to end the download.
    template <class Write> void attachment_download_to(const Text &sys_id, Write write) const
    {
        detail::status(snow_attachment_download_to, handle(), sys_id, detail::write<Write>,
                       std::addressof(write), nullptr);
    }

    /// Begins to read the content of an attachment, which Response::read() gives.
    Response attachment_open(const Text &sys_id) const
    {
        return Response(detail::make(snow_attachment_open, handle(), sys_id));
    }

    /// Gives an attachment another file name.
    void attachment_rename(const Text &sys_id, const Text &file_name) const
    {
        detail::status(snow_attachment_rename, handle(), sys_id, file_name);
    }

    /// Deletes an attachment.
    void attachment_delete(const Text &sys_id) const
    {
        detail::status(snow_attachment_delete, handle(), sys_id);
    }

    /// Sends an upload, and returns the metadata of the attachment.
    Record upload_send(const Upload &upload) const
    {
        return Record(detail::make(snow_upload_send, handle(), upload.handle()).release());
    }

    // Logs and statistics

    /// Takes note of what the client does, up to a level, and tells a callback of it:
    /// `tell(snow::LogLevel level, std::string_view line)`, on several threads at once where several are in a
    /// call. It returns nothing, or a bool, which does not matter.
    template <class Tell> void set_log_callback(LogLevel level, Tell &&tell)
    {
        using Kept = std::decay_t<Tell>;
        detail::status(snow_set_log_callback, handle(), static_cast<snow_log_level>(level),
                       detail::line<Kept>, detail::kept(std::forward<Tell>(tell)),
                       detail::destroy<Kept>);
    }

    /// Takes note of what the client does, for log_line().
    void set_log_callback(LogLevel level, std::nullptr_t)
    {
        detail::status(snow_set_log_callback, handle(), static_cast<snow_log_level>(level), nullptr,
                       nullptr, nullptr);
    }

    /// Takes the line that waits longest, where there is no callback to be told; one of more than 4,095 bytes
    /// is cut.
    std::optional<std::pair<LogLevel, std::string>> log_line() const
    {
        char line[4096];
        snow_log_level level = SNOW_LOG_OFF;
        if (detail::status(snow_client_log_line, handle(), &line[0], sizeof line, &level) == SNOW_DONE)
            return std::nullopt;
        return std::pair(static_cast<LogLevel>(level), std::string(line));
    }

    /// Looks for what keeps the client from working.
    Diagnosis diagnose() const { return Diagnosis(detail::make(snow_client_diagnose, handle(), nullptr)); }

    /// As the other, and whether it may read a table.
    Diagnosis diagnose(const Text &table) const
    {
        return Diagnosis(detail::make(snow_client_diagnose, handle(), table));
    }

    /// How many of something there were since the client was made.
    std::int64_t statistic(Statistic statistic) const noexcept
    {
        return snow_client_statistic(handle(), static_cast<snow_statistic>(statistic));
    }
};

} // namespace snow

#endif // SNOW_HPP

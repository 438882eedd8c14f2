// Each class of snow.hpp, and each of its functions, against the instance SNOW_INSTANCE. The argument is an
// empty folder. What callbacks do is in callbacks.cpp, which is linked with this.

#include "check.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

template <class Response, class = void> struct has_records : std::false_type {};
template <class Response>
struct has_records<Response, std::void_t<decltype(std::declval<Response>().records())>> : std::true_type {};
/* A loop over those of a response that ends with its line would read what is gone. */
static_assert(has_records<const snow::Response &>::value && !has_records<snow::Response>::value);

#if __cplusplus >= 202002L && defined(__cpp_lib_ranges)
#include <ranges>
static_assert(std::ranges::input_range<snow::Cursor>);
#endif

using namespace std::chrono_literals;
using snow::Operator;
using snow::Status;

void callbacks(const std::string &instance);

namespace {

// A handle is moved and never copied; what is borrowed is copied at will.
template <class Object>
constexpr bool is_handle = std::is_nothrow_move_constructible_v<Object>
                           && std::is_nothrow_move_assignable_v<Object>
                           && !std::is_copy_constructible_v<Object> && !std::is_copy_assignable_v<Object>;
static_assert(is_handle<snow::Session> && is_handle<snow::Token> && is_handle<snow::Client>
              && is_handle<snow::Query> && is_handle<snow::Record> && is_handle<snow::Cursor>
              && is_handle<snow::Request> && is_handle<snow::Response> && is_handle<snow::Upload>
              && is_handle<snow::ArrowStream>);
static_assert(std::is_trivially_copyable_v<snow::RecordView> && std::is_trivially_copyable_v<snow::TokenView>);
static_assert(std::is_nothrow_copy_constructible_v<snow::Error>);

std::string instance, folder;

snow::Client new_client() { return snow::Client::basic(instance, "admin", "admin"); }

// A client that makes each call once, and signs in with OAuth.
snow::Client new_oauth_client()
{
    snow::Session session;
    session.set_oauth("snow-client", "snow-secret").set_retry(0, 1ms);
    return {instance, session};
}

void the_library_that_runs_is_that_of_the_header()
{
    CHECK_EQUAL(SNOW_VERSION_STRING, snow::version());
    CHECK_EQUAL(SNOW_VERSION_NUMBER, static_cast<int>(snow::version_number()));
    CHECK_EQUAL(SNOW_ABI_VERSION, static_cast<int>(snow::abi_version()));
    CHECK_EQUAL("SNOW_NOT_FOUND", snow::status_name(Status::not_found));
    CHECK_EQUAL("SNOW_UNKNOWN", snow::status_name(static_cast<Status>(1000)));
}

void handles_move_and_come_and_go()
{
    snow::Query first;
    first.where("active", Operator::eq, true);
    snow_query *const handle = first.handle();
    snow::Query second = std::move(first);
    CHECK(first.handle() == nullptr);
    CHECK(second.handle() == handle);
    CHECK_EQUAL("query: it must not be NULL", CHECK_FAILS(Status::null_argument, first.limit(1)).message());
    first = std::move(second);
    CHECK_EQUAL("active=true", first.encoded());

    const snow::Query copy = first.clone().where("number", Operator::eq, 1);
    CHECK_EQUAL("active=true", first.encoded());
    CHECK_EQUAL("active=true^number=1", copy.encoded());

    snow::Query adopted(first.release());
    CHECK(first.handle() == nullptr);
    CHECK_EQUAL("active=true", adopted.encoded());

    snow::Record record, other;
    other.set("a", "b");
    record = std::move(other);
    CHECK(other.handle() == nullptr);
    CHECK_EQUAL("b", record.get("a"));
    CHECK(!other.get("a"));
    snow::Record of_c(record.release());
    CHECK_EQUAL("{\"a\":\"b\"}", of_c.json());
    CHECK_EQUAL("", record.json());

    snow::Token token = snow::Token::from_refresh_token("r"), empty(nullptr);
    empty = std::move(token);
    CHECK_EQUAL("r", empty.refresh_token());
    snow::Token taken(empty.release());
    CHECK(!empty.refresh_token());
    CHECK_EQUAL("", empty.json());
    CHECK_EQUAL("r", taken.refresh_token());
}

/// C takes NULL there for none at all: every row, no credentials, no token yet.
void what_is_empty_stands_for_nothing_else()
{
    const snow::Client client = new_client();
    const snow::Query empty(nullptr);
    const snow::Record record;
    const auto refused = [&](auto call) {
        CHECK_EQUAL("query: it must not be NULL", CHECK_FAILS(Status::null_argument, call()).message());
    };
    refused([&] { return client.table_get("incident", "0", empty); });
    refused([&] { return client.table_export("incident", empty); });
    refused([&] { return client.table_arrow("incident", empty); });
    refused([&] { return client.table_shards("incident", 2, empty); });
    refused([&] { return client.table_list("incident", empty); });
    refused([&] { return client.table_first("incident", empty); });
    refused([&] { return client.table_one("incident", empty); });
    refused([&] { return client.table_count("incident", empty); });
    refused([&] { return client.table_create("incident", record, empty); });
    refused([&] { return client.table_create_once("incident", record, empty); });
    refused([&] { return client.table_update("incident", "0", record, empty); });
    refused([&] { return client.table_replace("incident", "0", record, empty); });
    refused([&] { client.table_delete("incident", "0", empty); });
    refused([&] { return client.table_update_one("incident", empty, record); });
    refused([&] { client.table_delete_one("incident", empty); });
    refused([&] { return client.attachment_list("incident", "0", empty); });

    snow::Query query;
    const auto conditions = [&](auto call) {
        CHECK_EQUAL("conditions: it must not be NULL", CHECK_FAILS(Status::null_argument, call()).message());
    };
    conditions([&] { query.where_related("incident.problem_id", Operator::ge, 1, empty); });
    conditions([&] { query.where_join("sys_user.sys_id", "sys_user_grmember.user", empty); });
    CHECK_EQUAL("", query.encoded());
    CHECK_EQUAL("session: it must not be NULL",
                CHECK_FAILS(Status::null_argument, snow::Client(instance, snow::Session(nullptr))).message());
    CHECK_EQUAL("token: it must not be NULL",
                CHECK_FAILS(Status::null_argument,
                            snow::Client::oauth(instance, "snow-client", "snow-secret", snow::Token(nullptr)))
                    .message());
}

void texts_of_every_kind_go_in()
{
    const std::string text = "text";
    const std::string_view longer = "longer than what is meant";
    snow::Record record;
    record.set("literal", "literal")
        .set("string", text)
        .set("view", longer.substr(0, 6))
        .set("nothing", std::string_view())
        .set(std::string("tempo") + "rary", std::string("a"))
        .set("optional", record.get("string"));
    CHECK_EQUAL("literal", record.get("literal"));
    CHECK_EQUAL("text", record.get("string"));
    CHECK_EQUAL("longer", record.get("view"));
    CHECK_EQUAL("", record.get("nothing"));
    CHECK_EQUAL("a", record.get("temporary"));
    CHECK_EQUAL("text", record.get("optional"));

    const snow::Text kept = std::string(100, 'k');
    record.set("kept", kept);
    CHECK_EQUAL(std::string(100, 'k'), record.get("kept"));

    const char *const none = nullptr;
    CHECK_EQUAL("value: it must not be NULL",
                CHECK_FAILS(Status::null_argument, record.set("a", none)).message());
    CHECK_FAILS(Status::null_argument, record.set("a", record.get("absent")));
    CHECK_FAILS(Status::null_argument, record.set("a", std::nullopt));
    CHECK_FAILS(Status::invalid_utf8, record.set("a", "\xff"));
    const std::string broken("b\0c", 3);
    CHECK_EQUAL("value: it holds a NUL at byte 1; accepted is text without one",
                CHECK_FAILS(Status::invalid_argument, record.set("a", broken)).message());
    CHECK_EQUAL("field: it holds a NUL at byte 1; accepted is text without one",
                CHECK_FAILS(Status::invalid_argument, record.set(std::string_view(broken), "a")).message());
    CHECK_EQUAL("password: it holds a NUL at byte 1; accepted is text without one",
                CHECK_FAILS(Status::invalid_argument, snow::Session().set_basic_auth("a", broken)).message());
    CHECK_EQUAL("values: it holds a NUL at byte 1; accepted is text without one",
                CHECK_FAILS(Status::invalid_argument, snow::Query().where_in("a", {"b", broken})).message());
    CHECK_EQUAL("user: it is not UTF-8 from byte 0 on",
                CHECK_FAILS(Status::invalid_utf8, snow::Session().set_basic_auth("\xff", "b")).message());
    CHECK(!record.get("a"));
    CHECK(!record.get(broken));
}

void every_option_of_a_session_is_set()
{
    snow::Session session;
    session.set_basic_auth("admin", "admin")
        .set_bearer_token("t")
        .set_api_key("k")
        .set_client_credentials("snow-client", "snow-secret")
        .set_oauth("snow-client", "snow-secret")
        .set_oauth_basic(true)
        .set_token_file(folder + "/token.json")
        .set_tls_verify(false)
        .set_proxy("http://127.0.0.1:1")
        .set_proxy_auth("user", "password")
        .set_proxy("")
        .set_header("X-Acme", "one")
        .set_user_agent("objects/1")
        .set_timeouts(5s, 1min)
        .set_retry(0, 100ms)
        .set_max_in_flight(2)
        .set_cookies(true)
        .set_allow_http(false)
        .set("max_in_flight", "3");
    const auto names = snow::Session::option_names();
    CHECK(std::set<std::string_view>(names.begin(), names.end()).count("max_in_flight") == 1);
    CHECK_FAILS(Status::unknown_option, session.set("no_such_option", "1"));
    CHECK_FAILS(Status::file, session.set_ca_file(folder + "/none.pem"));
    CHECK_FAILS(Status::file, session.set_client_certificate(folder + "/none.p12"));
    CHECK_EQUAL("connect: it is -1 ms; accepted are 0 to 4294967295 ms",
                CHECK_FAILS(Status::invalid_argument, session.set_timeouts(-1ms, 1s)).message());
    CHECK_FAILS(Status::invalid_argument, session.set_timeouts(1s, 4294967296ms));
    CHECK_FAILS(Status::invalid_argument, session.set_timeouts(1s, 0ms));

    snow::Client client(instance, session);
    client.login("admin", "admin");
    const snow::Response echo = client.send(snow::Request("GET", "/api/x_snow/echo/things"));
    CHECK(echo.result().find("\"x-acme\":\"one\"") != std::string_view::npos);
    CHECK(echo.result().find("\"user-agent\":\"objects/1\"") != std::string_view::npos);
    CHECK_EQUAL(instance, client.url());

    CHECK_FAILS(Status::invalid_argument, snow::Client("http://192.0.2.1"));
    CHECK_FAILS(Status::unauthenticated, snow::Client(instance).table_first("incident"));
}

void tokens_are_kept_and_come_back()
{
    snow::Client client = new_oauth_client();
    CHECK_FAILS(Status::no_token, client.token());
    client.login("admin", "admin");
    const snow::Token token = client.token();
    CHECK(token.access_token().has_value() && token.refresh_token().has_value());
    CHECK(token.expires_at() > std::chrono::system_clock::now() + 1min);
    token.save(folder + "/token.json");
    const snow::Token loaded = snow::Token::load(folder + "/token.json");
    CHECK_EQUAL(token.access_token(), loaded.access_token());
    const snow::Token parsed = snow::Token::from_json(loaded.json());
    CHECK_EQUAL(token.json(), parsed.json());
    CHECK(!snow::Token::from_refresh_token("r").access_token());
    CHECK(!snow::Token::from_refresh_token("r").expires_at());
    // Later than the clock of C++ goes.
    const snow::Token endless = snow::Token::from_json("{\"access_token\":\"a\",\"expires_at\":99999999999}");
    CHECK(endless.expires_at() > std::chrono::system_clock::now());

    const auto later = snow::Client::oauth(instance, "snow-client", "snow-secret", parsed);
    CHECK(later.table_first("incident").get("number").has_value());
    snow::Client other = snow::Client::oauth(instance, "snow-client", "snow-secret");
    other.set_token(parsed);
    CHECK(other.table_first("incident").get("number").has_value());

    const snow::Error refused = CHECK_FAILS(Status::token_refused, client.login("admin", "wrong"));
    CHECK_EQUAL("/oauth_token.do", refused.path());
}

/// A range whose values are gone with the next one.
struct Numbers {
    /// Too long to lie in the string itself.
    static std::string text(int number) { return "INC" + std::string(40, '0') + std::to_string(number); }

    struct iterator {
        int at;
        std::string operator*() const { return text(at); }
        iterator &operator++() { return ++at, *this; }
        bool operator!=(const iterator &other) const { return at != other.at; }
    };
    iterator begin() const { return {0}; }
    iterator end() const { return {2}; }
};

void a_query_says_what_it_was_told()
{
    using Time = snow::Query::Time;
    const auto encoded = [](const snow::Query &query) { return std::string(query.encoded()); };
    snow::Query query;
    query.where("active", Operator::eq, true)
        .where("state", Operator::ne, false)
        .where("priority", Operator::le, 2)
        .where("number", Operator::gt, std::uint64_t{7})
        .where("number", Operator::gt, -7L)
        .where("short_description", Operator::contains, "disk")
        .where("caller_id", Operator::is_empty)
        .where("opened_at", Operator::ge, Time(1500ms))
        .where("opened_at", Operator::ge, Time(-1500ms));
    CHECK_EQUAL("active=true^state!=false^priority<=2^number>7^number>-7^short_descriptionLIKEdisk"
                "^caller_idISEMPTY^opened_at>=1970-01-01 00:00:01^opened_at>=1969-12-31 23:59:58",
                encoded(query));
    CHECK_FAILS(Status::invalid_argument, query.where("number", Operator::gt, ~std::uint64_t{0}));

    const std::vector<std::string> states = {"1", "2"};
    query = snow::Query();
    query.where_in("state", states)
        .where_in("state", {"3", "4"})
        .where_not_in("state", {"5"})
        .where_not_in("state", std::set<const char *>{"6"})
        .where_between("priority", "1", "2")
        .where_between("opened_at", Time(0s), Time(1s))
        .where_script("opened_at", Operator::ge, "gs.daysAgoStart(7)")
        .where_text("disk full")
        .or_()
        .where("escalation", Operator::gt, 0)
        .new_query()
        .raw("a=b")
        .order_by("number")
        .order_by_desc("opened_at")
        .group_by("state");
    CHECK_EQUAL("stateIN1,2^stateIN3,4^stateNOT IN5^stateNOT IN6^priorityBETWEEN1@2"
                "^opened_atBETWEEN1970-01-01 00:00:00@1970-01-01 00:00:01"
                "^opened_at>=javascript:gs.daysAgoStart(7)^123TEXTQUERY321=disk full^ORescalation>0"
                "^NQa=b^ORDERBYnumber^ORDERBYDESCopened_at^GROUPBYstate",
                encoded(query));
    query = snow::Query();
    query.where_in("number", Numbers{});
    CHECK_EQUAL("numberIN" + Numbers::text(0) + "," + Numbers::text(1), encoded(query));
    CHECK_FAILS(Status::null_argument, query.where_in("state", std::vector<const char *>{nullptr}));
    CHECK_FAILS(Status::invalid_argument, query.where_in("state", std::vector<std::string>()));

    snow::Query active = snow::Query::parse("active=true");
    query = snow::Query();
    query.where_related("incident.problem_id", Operator::ge, 1)
        .where_related("incident.problem_id", Operator::ge, 1, active)
        .where_join("sys_user.sys_id", "sys_user_grmember.user")
        .where_join("sys_user.sys_id", "sys_user_grmember.user", active);
    CHECK_EQUAL("RLQUERYincident.problem_id,>=1^ENDRLQUERY^RLQUERYincident.problem_id,>=1,active=true^ENDRLQUERY"
                "^JOINsys_user.sys_id=sys_user_grmember.user!"
                "^JOINsys_user.sys_id=sys_user_grmember.user!active=true",
                encoded(query));
    CHECK_FAILS(Status::invalid_argument, snow::Query::parse("^OR"));

    query.fields("number,sys_id")
        .limit(10)
        .offset(1)
        .page_size(100)
        .display_value(snow::Display::all)
        .exclude_reference_link(true)
        .view("ess")
        .no_count(true)
        .category("reports")
        .no_domain(true)
        .input_display_value(true)
        .suppress_auto_sys_field(true)
        .set("sysparm_restrict_domain", "true");
    snow::Request request("GET", "/api/x_snow/echo/things");
    const snow::Response echo = new_client().send(request.set_query(query));
    for (const char *parameter :
         {"[\"sysparm_fields\",\"number,sys_id\"]", "[\"sysparm_limit\",\"10\"]", "[\"sysparm_offset\",\"1\"]",
          "[\"sysparm_display_value\",\"all\"]", "[\"sysparm_exclude_reference_link\",\"true\"]",
          "[\"sysparm_view\",\"ess\"]", "[\"sysparm_restrict_domain\",\"true\"]"})
        if (!CHECK(echo.result().find(parameter) != std::string_view::npos))
            std::cerr << "    " << parameter << '\n';
}

/// Each step returns what it was called on: a temporary, which ends with its line, as an object that can be kept.
void steps_on_a_temporary_are_kept()
{
    const std::vector<std::string> list = {"a", "b"};
    const snow::Query::Time time;
    const auto &query = snow::Query()
                            .where("a", Operator::is_empty)
                            .where("a", Operator::eq, "text")
                            .where("a", Operator::eq, true)
                            .where("a", Operator::eq, 1)
                            .where("a", Operator::eq, time)
                            .where_in("a", {"a", "b"})
                            .where_in("a", list)
                            .where_not_in("a", {"a", "b"})
                            .where_not_in("a", list)
                            .where_between("a", "1", "2")
                            .where_between("a", time, time)
                            .where_script("a", Operator::eq, "now()")
                            .where_text("disk")
                            .where_related("incident.problem_id", Operator::ge, 1)
                            .where_related("incident.problem_id", Operator::ge, 1, snow::Query())
                            .where_join("sys_user.sys_id", "sys_user_grmember.user")
                            .where_join("sys_user.sys_id", "sys_user_grmember.user", snow::Query())
                            .where("a", Operator::is_empty)
                            .or_()
                            .where("b", Operator::is_empty)
                            .new_query()
                            .raw("c=1")
                            .order_by("a")
                            .order_by_desc("b")
                            .group_by("c")
                            .fields("a,b")
                            .limit(1)
                            .offset(1)
                            .page_size(1)
                            .display_value(snow::Display::all)
                            .exclude_reference_link(true)
                            .view("v")
                            .no_count(true)
                            .category("c")
                            .no_domain(true)
                            .input_display_value(true)
                            .suppress_auto_sys_field(true)
                            .set("sysparm_acme", "1");
    CHECK(query.encoded().find("a=text") != std::string_view::npos);

    const auto session = snow::Session()
                             .set_basic_auth("admin", "admin")
                             .set_bearer_token("t")
                             .set_api_key("k")
                             .set_client_credentials("snow-client", "snow-secret")
                             .set_oauth("snow-client", "snow-secret")
                             .set_oauth_basic(true)
                             .set_token_file(folder + "/kept.json")
                             .set_tls_verify(false)
                             .set_proxy("http://127.0.0.1:1")
                             .set_proxy_auth("user", "password")
                             .set_proxy("")
                             .set_header("X-Acme", "one")
                             .set_user_agent("objects/1")
                             .set_timeouts(5s, 1min)
                             .set_retry(0, 100ms)
                             .set_max_in_flight(2)
                             .set_cookies(true)
                             .set_allow_http(false)
                             .set("max_in_flight", "3");
    CHECK_FAILS(Status::file, snow::Session().set_ca_file(folder + "/none.pem"));
    CHECK_FAILS(Status::file, snow::Session().set_client_certificate(folder + "/none.p12"));
    snow::Client client(instance, session);
    client.login("admin", "admin");

    const auto record = snow::Record().set("short_description", "of a temporary").set("urgency", "2");
    const snow::Record incident = client.table_create("incident", record);
    const auto read = [](char *, std::size_t) { return 0; };
    const auto request = snow::Request("POST", "/api/x_snow/echo/things")
                             .set_param("reason", "solved")
                             .set_query(snow::Query().limit(1))
                             .set_header("X-Acme", "two")
                             .set_record(record)
                             .set_body_file(folder + "/body", "text/plain")
                             .set_body_reader(0, read, "text/plain")
                             .set_body("body", "text/plain")
                             .set_timeout(10s);
    CHECK(client.send(request).result().find("\"body\":\"body\"") != std::string_view::npos);
    const auto upload = snow::Upload("incident", incident.get("sys_id"))
                            .set_file(folder + "/none")
                            .set_reader(0, read)
                            .set_bytes("bytes")
                            .set_file_name("kept.txt")
                            .set_content_type("text/plain")
                            .set_multipart(false)
                            .set_progress([](std::uint64_t, std::optional<std::uint64_t>) {})
                            .set_progress(nullptr);
    CHECK_EQUAL("kept.txt", client.upload_send(upload).get("file_name"));
    auto exported = client.table_export("incident", snow::Query().limit(2))
                        .set_connections(1)
                        .set_order(snow::Order::sys_id)
                        .set_progress([](const snow::ExportProgress &) {})
                        .set_progress(nullptr)
                        .set_all_text(true);
    CHECK(exported.rows().next().has_value());
}

void records_are_made_read_changed_and_deleted()
{
    const snow::Client client = new_client();
    snow::Record fields;
    fields.set("short_description", "Disk full on db01").set("caller_id", "");
    const snow::Record made = client.table_create("incident", fields);
    const std::string key(made.get("sys_id").value_or(""));

    snow::Query both;
    both.display_value(snow::Display::all).fields("number,state,opened_by");
    const snow::Record read = client.table_get("incident", made.get("sys_id"), both);
    CHECK_EQUAL(made.get("number"), read.get("number"));
    CHECK_EQUAL("1", read.get("state"));
    CHECK_EQUAL("New", read.display("state"));
    CHECK(read.link("opened_by").value_or("").find("/api/now/table/sys_user/") != std::string_view::npos);
    CHECK(!read.get("absent") && !read.display("absent") && !read.link("number"));
    CHECK_EQUAL(std::size_t{3}, read.field_names().size());
    CHECK_EQUAL(read.json(), snow::Record::from_json(read.json()).json());
    CHECK_EQUAL(read.json(), read.clone().json());
    CHECK_FAILS(Status::invalid_argument, snow::Record::from_json("[]"));

    snow::Record changes;
    changes.set("state", "2");
    CHECK_EQUAL("2", client.table_update("incident", key, changes).get("state"));
    changes.set("state", "3");
    CHECK_EQUAL("3", client.table_replace("incident", key, changes).get("state"));
    const snow::Query this_one = snow::Query::parse("sys_id=" + key);
    changes.set("state", "6");
    CHECK_EQUAL("6", client.table_update_one("incident", this_one, changes).get("state"));
    CHECK_EQUAL(std::uint64_t{1}, client.table_count("incident", this_one));
    CHECK_EQUAL(key, client.table_one("incident", this_one).get("sys_id"));
    CHECK_FAILS(Status::multiple, client.table_one("incident"));
    client.table_delete_one("incident", this_one);
    CHECK_FAILS(Status::not_found, client.table_delete("incident", key));

    fields.set("sys_id", key);
    CHECK(client.table_create_once("incident", fields).second == snow::Created::newly);
    const auto [again, what] = client.table_create_once("incident", fields);
    CHECK(what == snow::Created::found);
    CHECK_EQUAL(key, again.get("sys_id"));
    client.table_delete("incident", key);
}

void a_cursor_is_walked()
{
    const snow::Client client = new_client();
    snow::Query query;
    query.order_by("number").page_size(10).limit(25);

    std::vector<std::string> numbers;
    std::optional<snow::Record> kept;
    for (const snow::RecordView &row : client.table_list("incident", query)) {
        numbers.emplace_back(row.get("number").value_or(""));
        if (numbers.size() == 3)
            kept = row.clone();
    }
    CHECK_EQUAL(std::size_t{25}, numbers.size());
    CHECK_EQUAL(std::size_t{25}, std::set<std::string>(numbers.begin(), numbers.end()).size());
    CHECK_EQUAL(numbers[2], kept->get("number"));

    snow::Cursor cursor = client.table_list("incident", query);
    CHECK(!cursor.total());
    CHECK_EQUAL(numbers[0], cursor.next()->get("number"));
    CHECK_EQUAL(numbers[1], cursor.next()->get("number"));
    CHECK_EQUAL(client.table_count("incident"), cursor.total());
    CHECK_EQUAL(std::uint64_t{2}, cursor.fetched());
    // The rest of them, as an algorithm takes it.
    const auto rest = std::count_if(cursor.begin(), cursor.end(),
                                    [](const snow::RecordView &row) { return row.get("sys_id").has_value(); });
    CHECK_EQUAL(std::ptrdiff_t{23}, rest);
    CHECK(!cursor.next());
    CHECK(cursor.begin() == cursor.end());

    snow::Cursor cancelled = client.table_list("incident", query);
    auto at = cancelled.begin();
    CHECK(at != cancelled.end() && at->get("number") == numbers[0]);
    at++;
    CHECK_EQUAL(numbers[1], (*at).get("number"));
    cancelled.cancel();
    CHECK_FAILS(Status::cancelled, ++at);

    CHECK_FAILS(Status::bad_request, client.table_list("no_such_table").begin());
    CHECK_FAILS(Status::invalid_argument, client.table_list("../x"));
}

void parts_of_a_table_hold_each_row_once()
{
    const snow::Client client = new_client();
    std::uint64_t rows = 0;
    for (const std::string &part : client.table_shards("incident", 4))
        rows += client.table_count("incident", snow::Query::parse(part));
    CHECK_EQUAL(client.table_count("incident"), rows);
    CHECK_FAILS(Status::invalid_argument, client.table_shards("incident", 0));
}

void an_error_says_everything()
{
    const snow::Client client = new_client();
    const snow::Error missing = CHECK_FAILS(Status::not_found, client.table_get("incident", "0"));
    CHECK_EQUAL("No Record found", missing.instance_message());
    CHECK(missing.detail().has_value());
    CHECK_EQUAL(404, missing.http_status());
    CHECK_EQUAL("GET", missing.method());
    CHECK_EQUAL("/api/now/table/incident/0", missing.path());
    CHECK(!missing.is_retryable() && !missing.maybe_applied() && !missing.retry_after());
    CHECK_EQUAL(0, missing.callback_value());
    CHECK_EQUAL(missing.message(), std::string_view(missing.what()));

    snow::Session once;
    once.set_basic_auth("admin", "admin").set_retry(0, 1ms).set_header("X-Fault", "");
    const snow::Client unreachable("http://127.0.0.1:1", once);
    const snow::Error lost = CHECK_FAILS(Status::connect, unreachable.table_first("incident"));
    CHECK(lost.is_retryable() && !lost.http_status() && !lost.instance_message() && !lost.detail());

    const snow::Error made(Status::rate_limited, "made up");
    const snow::Error copy = made;
    CHECK_EQUAL(Status::rate_limited, copy.status());
    CHECK_EQUAL("made up", copy.message());
    CHECK(!copy.method() && !copy.path() && !copy.is_retryable());

    snow::Error first = made, second(Status::busy, "another");
    second = std::move(first);
    const snow::Error third = std::move(second);
    CHECK_EQUAL(Status::rate_limited, first.status());
    CHECK_EQUAL(Status::rate_limited, second.status());
    CHECK_EQUAL("made up", third.message());
}

void any_path_is_called()
{
    const snow::Client client = new_client();
    snow::Request request("POST", "/api/x_snow/echo/things");
    request.set_param("reason", "solved")
        .set_header("X-Acme", "two")
        .set_body("caf\xc3\xa9", "text/plain")
        .set_timeout(10s);
    const snow::Response echo = client.send(request);
    CHECK_EQUAL(200, echo.status());
    echo.check();
    CHECK_EQUAL("application/json;charset=UTF-8", echo.header("Content-Type"));
    CHECK(!echo.header("x-none"));
    bool seen = false;
    for (const auto &[name, value] : echo.headers())
        seen = seen || (name == "content-type" && value == "application/json;charset=UTF-8");
    CHECK(seen);
    for (const char *sent : {"[\"reason\",\"solved\"]", "\"x-acme\":\"two\"", "\"body\":\"caf\xc3\xa9\""})
        CHECK(echo.result().find(sent) != std::string_view::npos);
    CHECK(echo.body().find(echo.result()) != std::string_view::npos);

    snow::Record fields;
    fields.set("short_description", "by request");
    snow::Request create("POST", "/api/now/table/incident");
    const snow::Response created = client.send(create.set_record(fields));
    CHECK_EQUAL(201, created.status());
    CHECK_EQUAL("by request", created.one().get("short_description"));

    snow::Query two;
    two.order_by("number").limit(2);
    snow::Request list("GET", "/api/now/table/incident");
    const snow::Response rows = client.send(list.set_query(two));
    CHECK_EQUAL(std::size_t{2}, rows.record_count());
    CHECK_EQUAL(std::size_t{2}, rows.records().size());
    CHECK_EQUAL(rows.record(1).get("number"), rows.records()[1].get("number"));
    CHECK_FAILS(Status::not_found, rows.record(2));
    CHECK_FAILS(Status::multiple, rows.one());

    const snow::Response refused = client.send(snow::Request("GET", "/api/now/table/no_such_table"));
    CHECK_EQUAL(400, refused.status());
    CHECK_FAILS(Status::bad_request, refused.check());
    CHECK_FAILS(Status::bad_request, refused.records());

    std::ofstream(folder + "/body.txt") << "from a file";
    snow::Request file("PUT", "/api/x_snow/echo/things");
    file.set_body_file(folder + "/body.txt", "text/plain");
    snow::Response piecewise = client.open(file);
    std::string whole;
    char piece[7];
    while (const std::size_t count = piecewise.read(&piece[0], sizeof piece))
        whole.append(&piece[0], count);
    CHECK(whole.find("\"body\":\"from a file\"") != std::string::npos);
}

std::string content_of(const std::string &path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void files_hang_on_records()
{
    const snow::Client client = new_client();
    const snow::Record incident = client.table_create("incident", snow::Record());
    const std::string key(incident.get("sys_id").value_or(""));
    const std::string text("line\0one\n", 9);
    std::ofstream(folder + "/disk.log", std::ios::binary) << text;

    const snow::Record whole = client.attachment_upload_file("incident", key, folder + "/disk.log");
    CHECK_EQUAL("disk.log", whole.get("file_name"));
    snow::Upload upload("incident", key);
    upload.set_file(folder + "/disk.log").set_multipart(true).set_progress(nullptr);
    client.upload_send(upload);
    upload.set_bytes(text).set_multipart(false).set_file_name("b.bin").set_content_type("text/csv");
    const snow::Record bytes = client.upload_send(upload);
    CHECK_EQUAL("text/csv", bytes.get("content_type"));
    const snow::Text id = bytes.get("sys_id");

    std::vector<std::string> names;
    for (const snow::RecordView &row : client.attachment_list("incident", key))
        names.emplace_back(row.get("file_name").value_or(""));
    CHECK_EQUAL(std::size_t{3}, names.size());
    snow::Query one;
    one.limit(1);
    CHECK(client.attachment_list("incident", std::nullopt, one).next().has_value());
    CHECK(client.attachment_list().next().has_value());

    client.attachment_rename(id, "c.csv");
    CHECK_EQUAL("c.csv", client.attachment_get(id).get("file_name"));
    client.attachment_download_file(id, folder + "/copy");
    CHECK_EQUAL(text, content_of(folder + "/copy"));
    CHECK_EQUAL(text, client.attachment_download(id).body());
    snow::Response open = client.attachment_open(id);
    char piece[100];
    CHECK_EQUAL(text.size(), open.read(&piece[0], sizeof piece));
    CHECK_EQUAL(std::size_t{0}, open.read(&piece[0], sizeof piece));
    client.attachment_delete(id);
    CHECK_FAILS(Status::not_found, client.attachment_get(id));
    CHECK_FAILS(Status::file, client.attachment_upload_file("incident", key, folder + "/none"));
}

void a_client_tells_what_it_does()
{
    snow::Client client = new_client();
    CHECK(!client.log_line());
    client.set_log_callback(snow::LogLevel::info, nullptr);
    client.table_first("incident");
    const auto line = client.log_line();
    CHECK(line && line->first == snow::LogLevel::info);
    CHECK(line && line->second.find("GET /api/now/table/incident 200 in ") == 0);
    CHECK(!client.log_line());
    CHECK_EQUAL(1, client.statistic(snow::Statistic::requests));
    CHECK_EQUAL(0, client.statistic(snow::Statistic::in_flight));
    const snow::Diagnosis diagnosis = client.diagnose("incident");
    CHECK(diagnosis.is_ok() && client.diagnose().is_ok());
    CHECK(diagnosis.text().find("passed") != std::string_view::npos);
    CHECK(diagnosis.json().find("\"ok\":true") != std::string_view::npos);
    client.close(1s);
    CHECK_FAILS(Status::closed, client.table_first("incident"));
    CHECK_FAILS(Status::closed, client.diagnose());
}

} // namespace

int main(int count, char **arguments)
try {
    instance = std::getenv("SNOW_INSTANCE");
    folder = count == 2 ? arguments[1] : "";
    the_library_that_runs_is_that_of_the_header();
    handles_move_and_come_and_go();
    what_is_empty_stands_for_nothing_else();
    texts_of_every_kind_go_in();
    every_option_of_a_session_is_set();
    tokens_are_kept_and_come_back();
    a_query_says_what_it_was_told();
    steps_on_a_temporary_are_kept();
    records_are_made_read_changed_and_deleted();
    a_cursor_is_walked();
    parts_of_a_table_hold_each_row_once();
    an_error_says_everything();
    any_path_is_called();
    files_hang_on_records();
    a_client_tells_what_it_does();
    callbacks(instance);
    return check::result();
} catch (const std::exception &error) {
    std::cerr << "not caught: " << error.what() << '\n';
    return 1;
}

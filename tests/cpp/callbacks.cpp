// What callbacks that are given to snow.hpp may do: capture, be of any kind, and above all throw.

#include "check.hpp"

#include "../c/control.h"

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

void callbacks(const std::string &instance);

namespace {

using snow::Status;

std::string instance;

// An exception that only this program knows.
struct Oops {
    int number;
};

// The number of the exception that an expression throws; 0 for none.
template <class Body> int thrown_by(Body body)
{
    try {
        body();
    } catch (const Oops &oops) {
        return oops.number;
    }
    return 0;
}

void control(const char *path, const char *body = "") { control_do(instance.c_str(), "POST", path, body); }

snow::Client new_client() { return snow::Client::basic(instance, "admin", "admin"); }
snow::Client new_oauth_client() { return snow::Client::oauth(instance, "snow-client", "snow-secret"); }

void a_token_is_told_of()
{
    auto witness = std::make_shared<int>(0);
    std::string stored;
    {
        snow::Client client = new_oauth_client();
        client.set_token_callback([&stored, witness](snow::TokenView token) {
            stored = token.json();
            ++*witness;
        });
        client.login("admin", "admin");
        CHECK_EQUAL(1, *witness);
        CHECK_EQUAL(stored, client.token().json());
        CHECK_EQUAL(2L, witness.use_count());

        // Another takes its place: anything that can be called, also what can only be moved.
        auto only_moved = [left = std::make_unique<int>(1), witness](snow::TokenView) { return --*left == 0; };
        client.set_token_callback(std::move(only_moved));
        client.login("admin", "admin");
        const snow::Error refused = CHECK_FAILS(Status::callback_failed, client.login("admin", "admin"));
        CHECK_EQUAL(0, refused.callback_value());
        client.set_token_callback(std::function<void(const snow::TokenView &)>([](const auto &) {}));
        CHECK_EQUAL(1L, witness.use_count());
        client.set_token_callback(+[](snow::TokenView) { throw Oops{1}; });
        CHECK_EQUAL(1, thrown_by([&] { client.login("admin", "admin"); }));
        client.set_token_callback(nullptr);
        client.login("admin", "admin");
        CHECK_EQUAL(1, *witness);
        client.set_token_callback([witness](snow::TokenView) {});
    }
    CHECK_EQUAL(1L, witness.use_count());

    // Also when it is not taken at all.
    snow::Client empty(nullptr);
    CHECK_FAILS(Status::null_argument, empty.set_token_callback([witness](snow::TokenView) {}));
    CHECK_FAILS(Status::invalid_argument, new_client().set_token_callback([witness](snow::TokenView) {}));
    CHECK_EQUAL(1L, witness.use_count());
}

void what_a_token_callback_throws_comes_out_of_the_call()
{
    snow::Client client = new_oauth_client();
    client.set_token_callback([](snow::TokenView) { throw Oops{2}; });
    CHECK_EQUAL(2, thrown_by([&] { client.login("admin", "admin"); }));
    CHECK(client.token().access_token().has_value()); // It is in use all the same.
    CHECK_EQUAL(0, thrown_by([&] { client.table_first("incident"); }));

    // Out of whatever call it is that runs the callback.
    const auto expired = [&](auto call) {
        control("/-/tokens/expire");
        return thrown_by(call);
    };
    CHECK_EQUAL(2, expired([&] { client.table_first("incident"); }));
    CHECK_EQUAL(2, expired([&] { client.table_count("incident"); }));
    CHECK_EQUAL(2, expired([&] { client.send(snow::Request("GET", "/api/x_snow/echo/things")); }));
    CHECK_EQUAL(2, expired([&] {
                    for (const snow::RecordView &row : client.table_list("incident"))
                        CHECK(row.get("number").has_value());
                }));

    // There is no call of snow.hpp to come out of.
    control("/-/tokens/expire");
    snow_error *error = nullptr;
    CHECK(snow_table_first(client.handle(), "incident", nullptr, &error) == nullptr);
    CHECK_EQUAL(SNOW_CALLBACK_FAILED, snow_error_status(error));
    snow_error_free(error);
    CHECK_EQUAL(0, thrown_by([&] { client.table_first("incident"); }));
}

void it_comes_out_on_the_thread_that_ran_the_callback()
{
    snow::Client client = new_oauth_client();
    client.login("admin", "admin");
    std::thread::id ran_on;
    client.set_token_callback([&](snow::TokenView) {
        ran_on = std::this_thread::get_id();
        throw Oops{3};
    });
    control("/-/tokens/expire");
    std::atomic<int> caught = 0, elsewhere = 0, well = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            const int thrown = thrown_by([&] { client.table_first("incident"); });
            well += thrown == 0;
            caught += thrown == 3;
            elsewhere += thrown == 3 && ran_on != std::this_thread::get_id();
        });
    for (std::thread &thread : threads)
        thread.join();
    CHECK_EQUAL(1, caught.load());
    CHECK_EQUAL(0, elsewhere.load());
    CHECK_EQUAL(7, well.load());
}

void what_a_log_callback_throws_comes_out_though_the_call_went_well()
{
    snow::Client client = new_client();
    int lines = 0;
    client.set_log_callback(snow::LogLevel::info, [&](snow::LogLevel level, std::string_view line) {
        const bool is_failure = line.find(" 202 ") != std::string_view::npos;
        CHECK(is_failure ? level == snow::LogLevel::error : level >= snow::LogLevel::warning);
        CHECK(line.find("/api/now/table/incident") != std::string_view::npos);
        throw Oops{++lines};
    });
    CHECK_EQUAL(1, thrown_by([&] { client.table_first("incident"); }));
    CHECK_EQUAL(2, thrown_by([&] { client.table_list("incident").next(); }));

    // Of several the first: one request that was not executed, and the one that was.
    control("/-/faults", "{\"count\":1,\"fault\":{\"kind\":\"not_executed\"}}");
    const int before = lines;
    CHECK_EQUAL(before + 1, thrown_by([&] { client.table_first("incident"); }));
    CHECK(lines > before + 1);

    // What can be returned is not looked at.
    client.set_log_callback(snow::LogLevel::info, [&](snow::LogLevel, std::string_view) { return false; });
    client.table_first("incident");
    client.set_log_callback(snow::LogLevel::info, nullptr);
    client.table_first("incident");
    CHECK(client.log_line().has_value());
}

void a_callback_that_calls_has_exceptions_of_its_own()
{
    snow::Client inner = new_client(), outer = new_oauth_client();
    inner.set_log_callback(snow::LogLevel::info, [](snow::LogLevel, std::string_view) { throw Oops{5}; });

    // What is caught inside does not come out.
    int caught = 0;
    outer.set_token_callback([&](snow::TokenView) { caught = thrown_by([&] { inner.table_first("incident"); }); });
    CHECK_EQUAL(0, thrown_by([&] { outer.login("admin", "admin"); }));
    CHECK_EQUAL(5, caught);

    // What is not comes out of both.
    outer.set_token_callback([&](snow::TokenView) { inner.table_first("incident"); });
    CHECK_EQUAL(5, thrown_by([&] { outer.login("admin", "admin"); }));

    // What waits to come out does not come out of a call that a later callback makes.
    int calls = 0, wrong = 0;
    outer.set_token_callback([](snow::TokenView) { throw Oops{6}; });
    outer.set_log_callback(snow::LogLevel::info, [&](snow::LogLevel, std::string_view) {
        ++calls;
        wrong += thrown_by([] { snow::Query().limit(1); });
        throw Oops{7};
    });
    const int thrown = thrown_by([&] { outer.login("admin", "admin"); });
    CHECK(thrown == 6 || thrown == 7);
    CHECK(calls > 0);
    CHECK_EQUAL(0, wrong);

    // Errors of libsnow are exceptions like others.
    outer.set_log_callback(snow::LogLevel::off, nullptr);
    outer.set_token_callback([&](snow::TokenView) { inner.table_get("incident", "0"); });
    inner.set_log_callback(snow::LogLevel::off, nullptr);
    CHECK_FAILS(Status::not_found, outer.login("admin", "admin"));
}

// Gives a text in pieces of three bytes, and throws where one is to fail.
auto reader(std::string text, int fails_at, std::shared_ptr<int> witness)
{
    return [text = std::move(text), at = std::size_t{0}, fails_at, witness](char *buffer, std::size_t size) mutable {
        const std::size_t count = text.copy(buffer, std::min(size, std::size_t{3}), at);
        at += count;
        if (fails_at > 0 && at >= static_cast<std::size_t>(fails_at))
            throw Oops{8};
        return count;
    };
}

void bodies_are_read_and_written_by_callbacks()
{
    const auto witness = std::make_shared<int>(0);
    const snow::Client client = new_client();
    const char *const path = "/api/x_snow/echo/things";
    {
        snow::Request request("PUT", path);
        request.set_body_reader(std::nullopt, reader("given in pieces", 0, witness), "text/plain");
        CHECK(client.send(request).result().find("\"body\":\"given in pieces\"") != std::string_view::npos);
        CHECK_EQUAL(1L, witness.use_count());
        request.set_body_reader(8, reader("in eight", 0, witness), "text/plain");
        CHECK(client.send(request).result().find("\"body\":\"in eight\"") != std::string_view::npos);
        request.set_body_reader(8, reader("in eight", 5, witness), "text/plain");
        CHECK_EQUAL(8, thrown_by([&] { client.send(request); }));
        request.set_body_reader(8, reader("never sent", 0, witness), "text/plain");
        CHECK_EQUAL(2L, witness.use_count());
        CHECK_FAILS(Status::null_argument, request.set_body_reader(8, reader("", 0, witness), std::nullopt));
    }
    CHECK_EQUAL(1L, witness.use_count());

    const snow::Record incident = client.table_create("incident", snow::Record());
    const std::string text(200000, 'x');
    snow::Upload upload("incident", incident.get("sys_id"));
    std::uint64_t moved = 0;
    std::optional<std::uint64_t> total;
    upload.set_reader(text.size(), reader(text, 0, witness)).set_file_name("x.txt");
    upload.set_progress([&](std::uint64_t bytes, std::optional<std::uint64_t> of) {
        moved = bytes;
        total = of;
    });
    const snow::Record attached = client.upload_send(upload);
    CHECK_EQUAL(std::uint64_t{text.size()}, moved);
    CHECK_EQUAL(std::uint64_t{text.size()}, total);
    upload.set_reader(text.size(), reader(text, 100, witness));
    CHECK_EQUAL(8, thrown_by([&] { client.upload_send(upload); }));
    upload.set_bytes(text).set_progress([](std::uint64_t, std::optional<std::uint64_t>) { return false; });
    CHECK_FAILS(Status::callback_failed, client.upload_send(upload));
    upload.set_progress([](std::uint64_t, auto) { throw Oops{9}; });
    CHECK_EQUAL(9, thrown_by([&] { client.upload_send(upload); }));

    snow::Query numbers;
    numbers.fields("number").page_size(50);
    snow::Export everything = client.table_export("incident", numbers);
    std::uint64_t rows = 0;
    everything.set_connections(2).set_order(snow::Order::sys_id);
    everything.set_progress([&](const snow::ExportProgress &now) { rows = now.rows; });
    std::string last;
    for (const snow::RecordView &row : everything.rows()) {
        CHECK(last < row.get("sys_id"));
        last = row.get("sys_id").value_or("");
    }
    CHECK_EQUAL(client.table_count("incident"), rows);
    CHECK_EQUAL(rows, everything.count(snow::ExportCounter::received));
    CHECK_EQUAL(std::uint64_t{0}, everything.count(snow::ExportCounter::hidden));
    everything.set_progress([](const snow::ExportProgress &) { throw Oops{11}; });
    CHECK_EQUAL(11, thrown_by([&] { everything.rows().next(); }));
    everything.set_progress([](const snow::ExportProgress &) { return false; });
    CHECK_FAILS(Status::callback_failed, everything.rows().next());
    CHECK_FAILS(Status::invalid_argument, everything.set_connections(65));

    everything.set_progress(nullptr).set_all_text(true);
    snow::ArrowStream stream = everything.arrow();
    snow::ArrowStream moved_on = std::move(stream);
    CHECK(stream.get()->release == nullptr);
    std::uint64_t in_batches = 0;
    for (;;) {
        ArrowArray batch;
        CHECK_EQUAL(0, moved_on.get()->get_next(moved_on.get(), &batch));
        if (!batch.release)
            break;
        in_batches += static_cast<std::uint64_t>(batch.length);
        batch.release(&batch);
    }
    CHECK_EQUAL(rows, in_batches);
    snow::ArrowStream another = client.table_arrow("incident", numbers);
    moved_on = std::move(another);
    CHECK(another.get()->release == nullptr);
    CHECK_EQUAL(std::uint64_t{0}, everything.count(snow::ExportCounter::misfits));
    snow::Query nothing;
    nothing.fields("no_such_field");
    CHECK_FAILS(Status::no_dictionary, client.table_arrow("incident", nothing));

    // What a call has brought when a callback throws is freed, or given by the next one.
    snow::Client told = new_client();
    told.set_log_callback(snow::LogLevel::info, [](auto, std::string_view) { throw Oops{12}; });
    CHECK_EQUAL(12, thrown_by([&] { static_cast<void>(told.table_arrow("incident", numbers)); }));
    snow::Cursor all = told.table_list("incident", snow::Query().order_by("number").page_size(2).limit(3));
    std::vector<std::string> came;
    for (bool is_over = false; !is_over;)
        thrown_by([&] {
            const auto row = all.next();
            is_over = !row;
            if (row)
                came.emplace_back(row->get("number").value_or(""));
        });
    CHECK_EQUAL(std::size_t{3}, came.size());
    CHECK(std::set<std::string>(came.begin(), came.end()).size() == came.size());

    const snow::Text id = attached.get("sys_id");
    std::string got;
    client.attachment_download_to(id, [&](std::string_view bytes) { got += bytes; });
    CHECK(got == text);
    CHECK_EQUAL(10, thrown_by([&] { client.attachment_download_to(id, [](auto) { throw Oops{10}; }); }));
    CHECK_FAILS(Status::callback_failed, client.attachment_download_to(id, [](auto) { return false; }));
    moved = 0;
    client.attachment_download_file(id, "copy", [&](std::uint64_t bytes, auto) { moved = bytes; });
    CHECK_EQUAL(std::uint64_t{text.size()}, moved);
    CHECK(std::remove("copy") == 0);
    CHECK_EQUAL(11, thrown_by([&] {
                    client.attachment_download_file(id, "copy", [](std::uint64_t, auto) { throw Oops{11}; });
                }));
    CHECK(std::remove("copy") != 0);
    CHECK_EQUAL(1L, witness.use_count());
}

} // namespace

void callbacks(const std::string &where)
{
    instance = where;
    a_token_is_told_of();
    what_a_token_callback_throws_comes_out_of_the_call();
    it_comes_out_on_the_thread_that_ran_the_callback();
    what_a_log_callback_throws_comes_out_though_the_call_went_well();
    a_callback_that_calls_has_exceptions_of_its_own();
    bodies_are_read_and_written_by_callbacks();
}

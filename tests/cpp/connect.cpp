// The C header from C++: connect, list, an error, a token callback that takes an object.
#include <snow.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

struct Free {
    void operator()(snow_client *client) const { snow_client_free(client); }
    void operator()(snow_cursor *cursor) const { snow_cursor_free(cursor); }
    void operator()(snow_error *error) const { snow_error_free(error); }
    void operator()(snow_query *query) const { snow_query_free(query); }
    void operator()(snow_record *record) const { snow_record_free(record); }
    void operator()(snow_token *token) const { snow_token_free(token); }
};

template <class Handle> using Owned = std::unique_ptr<Handle, Free>;

[[noreturn]] void fail(const char *what, const snow_error *error)
{
    std::fprintf(stderr, "%s: %s\n", what, snow_error_message(error));
    std::exit(1);
}

struct Store {
    std::string token;
    int calls = 0;
    bool *destroyed = nullptr;

    ~Store() { *destroyed = true; }

    static int32_t save(void *self, const snow_token *token)
    {
        Store &store = *static_cast<Store *>(self);
        store.token = snow_token_json(token, nullptr);
        ++store.calls;
        return SNOW_HANDLED;
    }

    static void destroy(void *self) { delete static_cast<Store *>(self); }
};

} // namespace

int main()
{
    const std::string instance = std::getenv("SNOW_INSTANCE");
    bool destroyed = false;
    snow_error *error = nullptr;
    {
        Owned<snow_client> client(snow_client_new_oauth(
            instance.c_str(), std::getenv("SNOW_CLIENT_ID"), std::getenv("SNOW_CLIENT_SECRET"),
            nullptr, &error));
        if (!client)
            fail("client", error);
        Store *store = new Store;
        store->destroyed = &destroyed;
        if (snow_set_token_callback(client.get(), Store::save, store, Store::destroy, &error)
            || snow_client_login(client.get(), "admin", "admin", &error))
            fail("login", error);
        if (store->calls != 1 || store->token.find("access_token") == std::string::npos)
            fail("the callback was not told", nullptr);

        Owned<snow_query> query(snow_query_new(&error));
        if (snow_query_limit(query.get(), 3, &error))
            fail("query", error);
        Owned<snow_cursor> cursor(snow_table_list(client.get(), "incident", query.get(), &error));
        const snow_record *row = nullptr;
        snow_status status;
        int rows = 0;
        while ((status = snow_cursor_next(cursor.get(), &row, &error)) == SNOW_OK)
            std::printf("%d %s\n", ++rows, snow_record_get(row, "number", nullptr));
        if (status != SNOW_DONE || rows != 3)
            fail("list", error);

        Owned<snow_record> none(snow_table_get(client.get(), "incident", "0", nullptr, &error));
        Owned<snow_error> why(error);
        if (none || snow_error_status(why.get()) != SNOW_NOT_FOUND)
            fail("a record that is not there", why.get());
    }
    if (!destroyed)
        fail("destroy was not called", nullptr);
    return 0;
}

// A part of a program that is a shared library of its own and shows nothing but one function.

#include <snow.hpp>

[[gnu::visibility("default")]] void plugin(snow::Client &client);

void plugin(snow::Client &client)
{
    client.set_log_callback(snow::LogLevel::info, [](snow::LogLevel, std::string_view) {
        throw snow::Error(snow::Status::busy, "from the plugin");
    });
}

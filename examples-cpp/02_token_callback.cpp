/* Signs in with OAuth: with a password the first time, with a token that it keeps in a file from then on.
 *
 * Shows:  lambdas as callbacks, and that what one throws comes out of the call that ran it.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=...
 *         ./02_token_callback TOKEN_FILE
 */
#include <snow.hpp>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

int main(int count, char **arguments)
try {
    if (count != 2) {
        std::cerr << "usage: 02_token_callback TOKEN_FILE\n";
        return EXIT_FAILURE;
    }
    const std::string path = arguments[1];
    auto client = snow::Client::oauth(std::getenv("SNOW_INSTANCE"), std::getenv("SNOW_CLIENT_ID"),
                                      std::getenv("SNOW_CLIENT_SECRET"));

    // Runs on this thread, inside the call that got the token. Where the file cannot be written, that call
    // throws what save() throws, and it ends in the handler below.
    client.set_token_callback([&path](snow::TokenView token) {
        token.save(path);
        std::cout << "A token is in " << path << ".\n";
    });
    client.set_log_callback(snow::LogLevel::warning, [](snow::LogLevel, std::string_view line) {
        std::cerr << line << '\n';
    });

    if (std::filesystem::exists(path))
        client.set_token(snow::Token::load(path));
    else
        client.login(std::getenv("SNOW_USER"), std::getenv("SNOW_PASSWORD"));
    const std::uint64_t incidents = client.table_count("incident");
    std::cout << "The instance holds " << incidents << " incidents.\n";
    return EXIT_SUCCESS;
} catch (const std::exception &error) {
    std::cerr << "02_token_callback: " << error.what() << '\n';
    return EXIT_FAILURE;
}

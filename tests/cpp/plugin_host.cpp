// What a callback throws comes out of the call also where the callback lies in another shared library, see
// plugin.cpp.

#include "check.hpp"

#include <cstdlib>

void plugin(snow::Client &client);

int main()
{
    auto client = snow::Client::basic(std::getenv("SNOW_INSTANCE"), "admin", "admin");
    plugin(client);
    CHECK_EQUAL("from the plugin", CHECK_FAILS(snow::Status::busy, client.table_first("incident")).message());
    return check::result();
}

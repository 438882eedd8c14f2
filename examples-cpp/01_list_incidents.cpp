/* Signs in with a user and a password, opens an incident, and shows the newest ones.
 *
 * Shows:  a client, a record that is written, a query, rows in a range-for, and the one place for errors.
 * Usage:  SNOW_INSTANCE=dev12345 SNOW_USER=admin SNOW_PASSWORD=... ./01_list_incidents
 */
#include <snow.hpp>

#include <cstdlib>
#include <iostream>

int main()
try {
    const auto client = snow::Client::basic(std::getenv("SNOW_INSTANCE"), std::getenv("SNOW_USER"),
                                            std::getenv("SNOW_PASSWORD"));

    snow::Record fields;
    fields.set("short_description", "Disk full on db01").set("urgency", "2");
    const snow::Record opened = client.table_create("incident", fields);
    std::cout << "Opened " << opened.get("number").value_or("?") << '\n';

    snow::Query newest;
    newest.where("active", snow::Operator::eq, true)
        .order_by_desc("sys_created_on")
        .fields("number,short_description,caller_id")
        .display_value(snow::Display::display)
        .limit(5);
    for (const snow::RecordView &row : client.table_list("incident", newest))
        std::cout << row.get("number").value_or("") << "  "
                  << row.display("short_description").value_or("") << "  "
                  << row.display("caller_id").value_or("") << '\n';
    return EXIT_SUCCESS;
} catch (const snow::Error &error) {
    std::cerr << "01_list_incidents: " << error.what() << '\n';
    if (error.maybe_applied())
        std::cerr << "the incident may have been opened all the same\n";
    return EXIT_FAILURE;
}

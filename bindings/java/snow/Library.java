package snow;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.Map;

/** The functions of snow.h. */
interface Library extends com.sun.jna.Library {
    int ABI_VERSION = 0;
    int OK = 0, DONE = 410, CALLBACK_FAILED = 214;
    int HANDLED = 1397641047;

    Library SNOW = load(System.getenv().getOrDefault("SNOW_LIBRARY", "libsnow.so.0"));

    private static Library load(String path) {
        Library library;
        try {
            library = Native.load(path, Library.class, Map.of(OPTION_STRING_ENCODING, "UTF-8"));
        } catch (UnsatisfiedLinkError reason) {
            throw new LinkageError("libsnow was not found as " + path + ": install it where the loader of the system"
                    + " looks (ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path", reason);
        }
        int abi = library.snow_abi_version();
        if (abi != ABI_VERSION)
            throw new LinkageError(path + " has the binary interface " + abi + ", and these classes are for "
                    + ABI_VERSION + ": take both from the same version of libsnow");
        return library;
    }

    interface TokenCallback extends Callback {
        int told(Pointer userData, Pointer token);
    }

    int snow_abi_version();
    String snow_version();
    String snow_status_name(int status);

    int snow_error_status(Pointer error);
    String snow_error_message(Pointer error);
    String snow_error_instance_message(Pointer error);
    String snow_error_detail(Pointer error);
    int snow_error_http_status(Pointer error);
    String snow_error_method(Pointer error);
    String snow_error_path(Pointer error);
    int snow_error_is_retryable(Pointer error);
    long snow_error_retry_after_ms(Pointer error);
    int snow_error_maybe_applied(Pointer error);
    void snow_error_free(Pointer error);

    Pointer snow_token_from_json(String json, PointerByReference error);
    String snow_token_json(Pointer token, Pointer length);
    void snow_token_free(Pointer token);

    Pointer snow_client_new_basic(String instance, String user, String password, PointerByReference error);
    Pointer snow_client_new_oauth(
            String instance, String clientId, String clientSecret, Pointer token, PointerByReference error);
    int snow_set_token_callback(
            Pointer client, TokenCallback callback, Pointer userData, Callback destroy, PointerByReference error);
    int snow_client_login(Pointer client, String user, String password, PointerByReference error);
    int snow_client_set_token(Pointer client, Pointer token, PointerByReference error);
    Pointer snow_client_token(Pointer client, PointerByReference error);
    void snow_client_free(Pointer client);

    Pointer snow_query_parse(String encoded, PointerByReference error);
    int snow_query_where(Pointer query, String field, int op, String value, PointerByReference error);
    int snow_query_order_by(Pointer query, String field, PointerByReference error);
    int snow_query_fields(Pointer query, String fields, PointerByReference error);
    int snow_query_limit(Pointer query, long rows, PointerByReference error);
    int snow_query_display_value(Pointer query, int form, PointerByReference error);
    void snow_query_free(Pointer query);

    Pointer snow_record_new(PointerByReference error);
    int snow_record_set(Pointer record, String field, String value, PointerByReference error);
    long snow_record_field_count(Pointer record);
    String snow_record_field_name(Pointer record, long index);
    String snow_record_get(Pointer record, String field, Pointer length);
    void snow_record_free(Pointer record);

    int snow_cursor_next(Pointer cursor, PointerByReference row, PointerByReference error);
    void snow_cursor_free(Pointer cursor);

    Pointer snow_table_get(Pointer client, String table, String sysId, Pointer query, PointerByReference error);
    Pointer snow_table_list(Pointer client, String table, Pointer query, PointerByReference error);
    Pointer snow_table_create(
            Pointer client, String table, Pointer record, Pointer query, PointerByReference error);
    Pointer snow_table_update(
            Pointer client, String table, String sysId, Pointer record, Pointer query, PointerByReference error);
    int snow_table_delete(Pointer client, String table, String sysId, Pointer query, PointerByReference error);
}

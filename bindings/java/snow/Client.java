package snow;

import static snow.Library.SNOW;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/** One instance, for any number of threads. Close it in the end. */
public final class Client implements AutoCloseable {
    /** What a callback threw on this thread, inside the call that is under way there. */
    private static final ThreadLocal<Throwable> THROWN = new ThreadLocal<>();

    private final Pointer handle;
    /** A call of another thread may still run the one before: they live as long as the client. */
    private final List<Library.TokenCallback> callbacks = new ArrayList<>();
    private int calls;
    private boolean closed;

    private Client(Pointer handle) {
        this.handle = handle;
    }

    public static Client basic(String instance, String user, String password) {
        return new Client(checked(error -> SNOW.snow_client_new_basic(instance, user, password, error)));
    }

    /** @param token one from before, as the token callback was given it; null where there is none: login() then */
    public static Client oauth(String instance, String clientId, String clientSecret, String token) {
        return withToken(token, stored -> new Client(checked(
                error -> SNOW.snow_client_new_oauth(instance, clientId, clientSecret, stored, error))));
    }

    /**
     * Has each new token told, as JSON, on the thread whose call needed it and before that call goes on. What it
     * throws comes out of that call.
     */
    public void onToken(Consumer<String> told) {
        Library.TokenCallback callback = (userData, token) -> {
            try {
                told.accept(SNOW.snow_token_json(token, null));
                return Library.SNOW_HANDLED;
            } catch (Throwable thrown) {
                THROWN.set(thrown);
                return 0;
            }
        };
        synchronized (this) {
            callbacks.add(callback);
        }
        call((client, error) -> SNOW.snow_set_token_callback(client, callback, null, null, error));
    }

    public void login(String user, String password) {
        call((client, error) -> SNOW.snow_client_login(client, user, password, error));
    }

    public void setToken(String token) {
        withToken(token, stored -> call((client, error) -> SNOW.snow_client_set_token(client, stored, error)));
    }

    /** The token that is in use, as JSON. */
    public String token() {
        Pointer token = call(SNOW::snow_client_token);
        try {
            return SNOW.snow_token_json(token, null);
        } finally {
            SNOW.snow_token_free(token);
        }
    }

    /** @param query null for all fields */
    public Map<String, String> get(String table, String sysId, Query query) {
        return taken(Query.with(query, which ->
                call((client, error) -> SNOW.snow_table_get(client, table, sysId, which, error))));
    }

    /** The rows of a table as they come: {@code try (Rows rows = client.list("incident", null)) { for (...) }}. */
    public Rows list(String table, Query query) {
        return new Rows(this, Query.with(query, which ->
                call((client, error) -> SNOW.snow_table_list(client, table, which, error))));
    }

    public Map<String, String> create(String table, Map<String, String> fields) {
        return withRecord(fields, record ->
                call((client, error) -> SNOW.snow_table_create(client, table, record, null, error)));
    }

    public Map<String, String> update(String table, String sysId, Map<String, String> fields) {
        return withRecord(fields, record ->
                call((client, error) -> SNOW.snow_table_update(client, table, sysId, record, null, error)));
    }

    public void delete(String table, String sysId) {
        call((client, error) -> SNOW.snow_table_delete(client, table, sysId, null, error));
    }

    /** Frees the client once the calls of other threads have ended. It does not wait for them. */
    @Override
    public synchronized void close() {
        if (!closed && calls == 0) SNOW.snow_client_free(handle);
        closed = true;
    }

    /** A call of this client, which is not freed meanwhile. */
    <T> T call(BiFunction<Pointer, PointerByReference, T> function) {
        synchronized (this) {
            if (closed) throw new IllegalStateException("the client is closed");
            calls++;
        }
        try {
            return checked(error -> function.apply(handle, error));
        } finally {
            synchronized (this) {
                if (--calls == 0 && closed) SNOW.snow_client_free(handle);
            }
        }
    }

    /** A call whose error is thrown; or what a callback threw meanwhile. */
    static <T> T checked(Function<PointerByReference, T> function) {
        Throwable before = THROWN.get();
        THROWN.remove();
        try {
            PointerByReference error = new PointerByReference();
            T result = function.apply(error);
            if (error.getValue() == null) return result;
            SnowException reason = new SnowException(error.getValue());
            Throwable thrown = THROWN.get();
            if (thrown != null && reason.status == Library.SNOW_CALLBACK_FAILED)
                throw Client.<RuntimeException>unchanged(thrown);
            throw reason;
        } finally {
            THROWN.set(before);
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E unchanged(Throwable thrown) throws E {
        throw (E) thrown;
    }

    private static <T> T withToken(String token, Function<Pointer, T> use) {
        if (token == null) return use.apply(null);
        Pointer stored = checked(error -> SNOW.snow_token_from_json(token, error));
        try {
            return use.apply(stored);
        } finally {
            SNOW.snow_token_free(stored);
        }
    }

    private static Map<String, String> withRecord(Map<String, String> fields, Function<Pointer, Pointer> use) {
        Pointer record = checked(SNOW::snow_record_new);
        try {
            fields.forEach((name, value) -> checked(error -> SNOW.snow_record_set(record, name, value, error)));
            return taken(use.apply(record));
        } finally {
            SNOW.snow_record_free(record);
        }
    }

    private static Map<String, String> taken(Pointer record) {
        try {
            return fields(record);
        } finally {
            SNOW.snow_record_free(record);
        }
    }

    static Map<String, String> fields(Pointer record) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (long index = 0; index < SNOW.snow_record_field_count(record); index++) {
            String name = SNOW.snow_record_field_name(record, index);
            String value = SNOW.snow_record_get(record, name, null);
            // With display values a reference comes without the key.
            fields.put(name, value != null ? value : SNOW.snow_record_display(record, name, null));
        }
        return fields;
    }
}

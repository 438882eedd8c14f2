package snow;

import static snow.Library.SNOW;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Which rows, in what order and form. Each method returns the query. It is a description, which any number of calls
 * may use at once; a call says what is wrong with it.
 */
public final class Query {
    private static final Map<String, Integer> OPERATORS = new TreeMap<>(Map.ofEntries(
            Map.entry("=", 1), Map.entry("!=", 2), Map.entry("<", 3), Map.entry("<=", 4), Map.entry(">", 5),
            Map.entry(">=", 6), Map.entry("STARTSWITH", 10), Map.entry("ENDSWITH", 11), Map.entry("LIKE", 12),
            Map.entry("NOT LIKE", 13), Map.entry("ISEMPTY", 14), Map.entry("ISNOTEMPTY", 15)));

    private interface Step {
        void take(Pointer query, PointerByReference error);
    }

    private final String encoded;
    private final List<Step> steps = new ArrayList<>();

    public Query() {
        this("");
    }

    /** @param encoded conditions as ServiceNow encodes them; see also {@link #where} */
    public Query(String encoded) {
        this.encoded = encoded;
    }

    /** @param operator as ServiceNow writes it: {@code =}, {@code !=}, {@code STARTSWITH}, {@code LIKE}, ... */
    public Query where(String field, String operator, Object value) {
        Integer op = OPERATORS.get(operator);
        if (op == null)
            throw new IllegalArgumentException("operator " + operator + ": accepted are " + OPERATORS.keySet());
        String text = value == null ? null : value.toString();
        return step((query, error) -> SNOW.snow_query_where(query, field, op, text, error));
    }

    public Query orderBy(String field) {
        return step((query, error) -> SNOW.snow_query_order_by(query, field, error));
    }

    public Query fields(String... names) {
        return step((query, error) -> SNOW.snow_query_fields(query, String.join(",", names), error));
    }

    public Query limit(long rows) {
        return step((query, error) -> SNOW.snow_query_limit(query, rows, error));
    }

    /** Display values in place of the stored ones. */
    public Query displayValue() {
        return step((query, error) -> SNOW.snow_query_display_value(query, 1, error));
    }

    private Query step(Step step) {
        steps.add(step);
        return this;
    }

    /** What a function makes of the query as libsnow has it; null is none. */
    static <T> T with(Query query, Function<Pointer, T> use) {
        if (query == null) return use.apply(null);
        Pointer handle = Client.checked(error -> SNOW.snow_query_parse(query.encoded, error));
        try {
            for (Step step : query.steps)
                Client.checked(error -> {
                    step.take(handle, error);
                    return null;
                });
            return use.apply(handle);
        } finally {
            SNOW.snow_query_free(handle);
        }
    }
}

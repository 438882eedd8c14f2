package snow;

import static snow.Library.SNOW;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Date;
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
            Map.entry("=", Library.SNOW_EQ), Map.entry("!=", Library.SNOW_NE), Map.entry("<", Library.SNOW_LT),
            Map.entry("<=", Library.SNOW_LE), Map.entry(">", Library.SNOW_GT), Map.entry(">=", Library.SNOW_GE),
            Map.entry("STARTSWITH", Library.SNOW_STARTS_WITH), Map.entry("ENDSWITH", Library.SNOW_ENDS_WITH),
            Map.entry("LIKE", Library.SNOW_CONTAINS), Map.entry("NOT LIKE", Library.SNOW_NOT_CONTAINS),
            Map.entry("ISEMPTY", Library.SNOW_IS_EMPTY), Map.entry("ISNOTEMPTY", Library.SNOW_IS_NOT_EMPTY)));

    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);

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
        String text = text(value);
        return step((query, error) -> SNOW.snow_query_where(query, field, op, text, error));
    }

    /** A value as an instance writes it: times in UTC, numbers without an exponent. */
    private static String text(Object value) {
        if (value == null) return null;
        // Those of java.sql are no moments. That is a module which a Java may do without.
        if (List.of("java.sql.Date", "java.sql.Time").contains(value.getClass().getName())) return value.toString();
        if (value instanceof Date) return text(Instant.ofEpochMilli(((Date) value).getTime()));
        if (value instanceof ZonedDateTime) return text(((ZonedDateTime) value).toInstant());
        if (value instanceof OffsetDateTime) return text(((OffsetDateTime) value).toInstant());
        if (value instanceof Instant) return MOMENT.format((Instant) value);
        // What is no finite number throws a NumberFormatException, which is an IllegalArgumentException.
        if (value instanceof Double || value instanceof Float) return text(new BigDecimal(value.toString()));
        if (value instanceof BigDecimal) return ((BigDecimal) value).toPlainString();
        if (value instanceof CharSequence || value instanceof Number || value instanceof Boolean
                || value instanceof Character || value instanceof Enum || value instanceof LocalDate)
            return value.toString();
        throw new IllegalArgumentException("a value that is a " + value.getClass().getName()
                + ": accepted are texts, numbers, booleans, enums, Date, Instant, ZonedDateTime, OffsetDateTime and"
                + " LocalDate");
    }

    public Query orderBy(String field) {
        return step((query, error) -> SNOW.snow_query_order_by(query, field, error));
    }

    public Query fields(String... names) {
        return step((query, error) -> SNOW.snow_query_fields(query, String.join(",", names), error));
    }

    public Query limit(long rows) {
        if (rows < 0) throw new IllegalArgumentException("a limit of " + rows + ": accepted are 1 and more");
        return step((query, error) -> SNOW.snow_query_limit(query, rows, error));
    }

    /** Display values in place of the stored ones. */
    public Query displayValue() {
        return step((query, error) -> SNOW.snow_query_display_value(query, Library.SNOW_DISPLAY_TRUE, error));
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

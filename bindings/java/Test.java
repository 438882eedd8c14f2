import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import snow.Client;
import snow.Query;
import snow.Rows;
import snow.SnowException;

/** What the example does not show: threads, and what callbacks throw. */
public class Test {
    static void check(boolean truth, Object said) {
        if (!truth) throw new AssertionError(said);
    }

    static <E extends Throwable> E thrown(Class<E> kind, Callable<?> call) throws Exception {
        try {
            call.call();
        } catch (Throwable thrown) {
            if (kind.isInstance(thrown)) return kind.cast(thrown);
            throw new AssertionError("not a " + kind, thrown);
        }
        throw new AssertionError("no " + kind);
    }

    static Client client() {
        return Client.oauth(System.getenv("SNOW_INSTANCE"), "snow-client", "snow-secret", null);
    }

    static void expire(Client client) {
        client.setToken(client.token().replaceAll("(\"expires_at\": *)[0-9.]+", "$11"));
    }

    /** One renewal for many threads, told on one of them. */
    static void threads() throws Exception {
        List<Thread> told = Collections.synchronizedList(new ArrayList<>());
        ExecutorService pool = Executors.newFixedThreadPool(30);
        try (Client client = client()) {
            client.onToken(token -> told.add(Thread.currentThread()));
            client.login("admin", "admin");
            check(told.get(0) == Thread.currentThread(), told);
            expire(client);
            Query five = new Query().limit(5);
            List<Callable<Integer>> lists = Collections.nCopies(60, () -> {
                int count = 0;
                try (Rows rows = client.list("incident", five)) {
                    for (Map<String, String> row : rows) count += row.get("number").startsWith("INC") ? 1 : 0;
                }
                return count;
            });
            for (Future<Integer> count : pool.invokeAll(lists)) check(count.get() == 5, count);
            check(told.size() == 2 && told.get(1) != told.get(0), told);
        } finally {
            pool.shutdown();
        }
    }

    static void callbacks() throws Exception {
        try (Client client = client()) {
            Error mine = new Error("the disk is full");
            client.onToken(token -> { throw mine; });
            check(thrown(Error.class, () -> { client.login("admin", "admin"); return null; }) == mine, mine);
            // A collector must not take the callback while libsnow holds it, and it may call the client.
            client.onToken(token -> client.get("incident", "0", null));
            System.gc();
            expire(client);
            SnowException inner = thrown(SnowException.class, () -> { client.delete("incident", "0"); return null; });
            check(inner.method.equals("GET") && inner.status == 313, inner);
        }
    }

    static void records() throws Exception {
        Client client = Client.basic(System.getenv("SNOW_INSTANCE"), "admin", "admin");
        String text = "na\u00efve \ud83d\ude00";
        Map<String, String> made = client.create("incident", Map.of("short_description", text));
        check(made.get("short_description").equals(text), made);
        String key = made.get("sys_id");
        check(client.update("incident", key, Map.of("state", "2")).get("state").equals("2"), key);
        Query display = new Query("active=true").fields("state", "opened_by").displayValue();
        Map<String, String> shown = client.get("incident", key, display);
        check(shown.equals(Map.of("state", "In Progress", "opened_by", "admin")), shown);
        client.delete("incident", key);
        SnowException gone = thrown(SnowException.class, () -> client.get("incident", key, null));
        check(gone.httpStatus == 404 && gone.path.endsWith(key) && !gone.retryable && !gone.maybeApplied
                && gone.retryAfterMs == -1 && gone.detail != null, gone);
        thrown(IllegalArgumentException.class, () -> new Query().where("active", "~", 1));
        check(thrown(SnowException.class, () -> client.list("incident", new Query().where("a^b", "=", 1)))
                .getMessage().contains("field"), "where");
        Rows rows = client.list("incident", null);
        rows.next();
        client.close();
        client.close();
        rows.close();
        thrown(IllegalStateException.class, () -> client.get("incident", key, null));
    }

    /** What C would take for something else is refused before it gets there. */
    static void refused() throws Exception {
        try (Client client = Client.basic(System.getenv("SNOW_INSTANCE"), "admin", "admin")) {
            String key = client.create("incident", Map.of("short_description", "stays")).get("sys_id");
            IllegalArgumentException cut = thrown(IllegalArgumentException.class, () -> {
                client.delete("incident", key + "\0' OR 1");
                return null;
            });
            check(cut.getMessage().startsWith("argument 3 of snow_table_delete() has a NUL"), cut);
            for (Query query : List.of(new Query("active=true\0"), new Query().where("number", "=", "INC\0"),
                    new Query().orderBy("number\0"), new Query().fields("number\0")))
                thrown(IllegalArgumentException.class, () -> client.list("incident", query));
            thrown(IllegalArgumentException.class, () -> client.create("incident", Map.of("state", "1\0")));
            // A text that was cut inside of a character.
            IllegalArgumentException half = thrown(IllegalArgumentException.class, () ->
                    client.create("incident", Map.of("short_description", "cut \ud83d")));
            check(half.getMessage().startsWith("argument 3 of snow_record_set() has half a pair"), half);
            thrown(IllegalArgumentException.class, () -> client.list("incident", new Query("number=\ude00")));
            thrown(IllegalArgumentException.class, () -> Client.basic("dev12345", "admin", "admin\0"));
            thrown(IllegalArgumentException.class, () -> new Query().limit(-1));
            client.delete("incident", key);
        }
    }

    /** Times and numbers as an instance writes them. */
    static void values() throws Exception {
        try (Client client = Client.basic(System.getenv("SNOW_INSTANCE"), "admin", "admin")) {
            String key = client.create("incident", Map.of("opened_at", "2026-01-02 03:04:05", "short_description",
                    "100000000000000")).get("sys_id");
            ZonedDateTime at = ZonedDateTime.parse("2026-01-02T05:04:05.678+02:00");
            for (Object time : List.of(at, at.toOffsetDateTime(), at.toInstant(), Date.from(at.toInstant()))) {
                Query query = new Query("sys_id=" + key).where("opened_at", "=", time);
                try (Rows rows = client.list("incident", query.where("short_description", "=", 1e14))) {
                    check(rows.next().get("sys_id").equals(key), time);
                }
            }
            Object[] ofADatabase = {java.sql.Date.valueOf("2026-01-02"), java.sql.Time.valueOf("03:04:05"),
                new java.sql.Timestamp(Date.from(at.toInstant()).getTime())};
            String[] written = {"2026-01-02", "03:04:05", "2026-01-02 03:04:05"};
            for (int each = 0; each < written.length; each++) {
                client.update("incident", key, Map.of("short_description", written[each]));
                Query query = new Query("sys_id=" + key).where("short_description", "=", ofADatabase[each]);
                try (Rows rows = client.list("incident", query)) {
                    check(rows.hasNext(), written[each]);
                }
            }
            for (Object value : List.of(List.of("a"), Map.of(), new int[0], Double.NaN, new Object()))
                thrown(IllegalArgumentException.class, () -> new Query().where("number", "=", value));
            client.delete("incident", key);
        }
    }

    static long memory() throws Exception {
        String status = Files.readString(Path.of("/proc/self/status"));
        return Long.parseLong(status.replaceAll("(?s).*VmRSS:\\s+(\\d+).*", "$1"));
    }

    /** Rows that are left in the middle keep nothing: each had a few hundred kilobytes. */
    static void left() throws Exception {
        try (Client client = Client.basic(System.getenv("SNOW_INSTANCE"), "admin", "admin")) {
            long before = 0;
            for (int round = 0; round < 8; round++) {
                if (round == 2) before = memory();
                for (int list = 0; list < 30; list++) client.list("incident", null).next();
                System.gc();
            }
            check(memory() < before + 25_000, memory() - before);
        }
    }

    public static void main(String[] arguments) throws Exception {
        threads();
        callbacks();
        records();
        refused();
        values();
        left();
    }
}

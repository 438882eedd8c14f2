package snow;

import static snow.Library.SNOW;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.lang.ref.Cleaner;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;

/** The rows of a table as they come, once, for one thread at a time. */
public final class Rows implements Iterable<Map<String, String>>, Iterator<Map<String, String>>, AutoCloseable {
    /** Frees the cursors of rows that were left without close(). */
    private static final Cleaner LEFT = Cleaner.create();

    private final Client client;
    private final Cleaner.Cleanable free;
    private Pointer cursor;
    private Map<String, String> next;
    private boolean ended;

    Rows(Client client, Pointer cursor) {
        this.client = client;
        this.cursor = cursor;
        free = LEFT.register(this, () -> SNOW.snow_cursor_free(cursor));
    }

    @Override
    public Iterator<Map<String, String>> iterator() {
        return this;
    }

    @Override
    public boolean hasNext() {
        if (next != null || ended) return next != null;
        if (cursor == null) throw new IllegalStateException("the rows are closed");
        PointerByReference row = new PointerByReference();
        ended = client.call((handle, error) -> SNOW.snow_cursor_next(cursor, row, error)) == Library.SNOW_DONE;
        if (!ended) next = Client.fields(row.getValue());
        return !ended;
    }

    /** The fields of the next row by their names. */
    @Override
    public Map<String, String> next() {
        if (!hasNext()) throw new NoSuchElementException();
        Map<String, String> row = next;
        next = null;
        return row;
    }

    @Override
    public void close() {
        cursor = null;
        free.clean();
    }
}

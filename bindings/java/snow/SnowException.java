package snow;

import static snow.Library.SNOW;

import com.sun.jna.Pointer;

/** What went wrong, as libsnow says it; snow.h under "Errors" tells each field. */
public class SnowException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The number of the status, and its name such as {@code SNOW_NOT_FOUND}. */
    public final int status;
    public final String statusName;
    /** What the instance says of it; null where it said nothing. */
    public final String instanceMessage, detail;
    /** 0 where no answer came. */
    public final int httpStatus;
    /** Of the request; null where there was none. */
    public final String method, path;
    public final boolean retryable;
    /** -1 where the instance did not say. */
    public final long retryAfterMs;
    /** Whether a write may have happened in spite of the error. */
    public final boolean maybeApplied;

    /** Takes an error of libsnow's, which is freed. */
    SnowException(Pointer error) {
        super(SNOW.snow_error_message(error));
        status = SNOW.snow_error_status(error);
        statusName = SNOW.snow_status_name(status);
        instanceMessage = SNOW.snow_error_instance_message(error);
        detail = SNOW.snow_error_detail(error);
        httpStatus = SNOW.snow_error_http_status(error);
        method = SNOW.snow_error_method(error);
        path = SNOW.snow_error_path(error);
        retryable = SNOW.snow_error_is_retryable(error) == 1;
        retryAfterMs = SNOW.snow_error_retry_after_ms(error);
        maybeApplied = SNOW.snow_error_maybe_applied(error) == 1;
        SNOW.snow_error_free(error);
    }
}

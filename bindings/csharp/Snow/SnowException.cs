using System;
using static Snow.Library;

namespace Snow
{
    /// <summary>What went wrong, as libsnow says it; snow.h under "Errors" tells each field.</summary>
    public sealed class SnowException : Exception
    {
        public int Status { get; }
        /// <summary>Such as SNOW_NOT_FOUND.</summary>
        public string StatusName { get; }
        /// <summary>What the instance says of it; null where it said nothing.</summary>
        public string InstanceMessage { get; }
        public string Detail { get; }
        public int HttpStatus { get; }
        public string Method { get; }
        public string Path { get; }
        public bool Retryable { get; }
        /// <summary>Null where the instance did not say.</summary>
        public TimeSpan? RetryAfter { get; }
        /// <summary>Whether a write may have happened in spite of the error.</summary>
        public bool MaybeApplied { get; }

        /// <summary>Takes an error of libsnow's, which is freed.</summary>
        internal SnowException(IntPtr error) : base(Text(snow_error_message(error)))
        {
            Status = snow_error_status(error);
            StatusName = Text(snow_status_name(Status));
            InstanceMessage = Text(snow_error_instance_message(error));
            Detail = Text(snow_error_detail(error));
            HttpStatus = snow_error_http_status(error);
            Method = Text(snow_error_method(error));
            Path = Text(snow_error_path(error));
            Retryable = snow_error_is_retryable(error) == 1;
            long after = snow_error_retry_after_ms(error);
            RetryAfter = after < 0 ? (TimeSpan?)null : TimeSpan.FromMilliseconds(after);
            MaybeApplied = snow_error_maybe_applied(error) == 1;
            snow_error_free(error);
        }
    }
}

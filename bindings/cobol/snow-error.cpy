*> What went wrong, as libsnow says it: snow.h under "Errors" tells each field.
01 snow-error.
   05 snow-status            binary-long.
      88 snow-ok             value 0.
      88 snow-not-found      value 313.
      88 snow-rate-limited   value 314.
      88 snow-timeout        value 412.
   05 snow-status-name       pic x(40).
   05 snow-message           pic x(500).
   05 snow-instance-message  pic x(200).
   05 snow-detail            pic x(500).
   05 snow-http-status       binary-long.
   05 snow-method            pic x(10).
   05 snow-path              pic x(500).
   05 snow-retryable         binary-long.
   05 snow-retry-after-ms    binary-long.
   05 snow-maybe-applied     binary-long.

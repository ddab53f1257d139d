-- What wrk sends, and what it tells at the end as one line of JSON.
wrk.body = os.getenv("SERVING_BODY")
wrk.method = wrk.body and "POST" or "GET"

function done(summary, latency)
  local faults = summary.errors
  io.write(string.format(
    'JSON {"requests": %d, "seconds": %f, "median_ms": %f, "p99_ms": %f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    faults.connect + faults.read + faults.write + faults.status + faults.timeout))
end

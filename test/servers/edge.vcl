vcl 4.1;
# A Varnish (7.1 or later, with varnish-modules) as an edge under test. Visitors come to the socket `edge`, where PURGE and BAN are taken, too;
# the socket `admin` speaks Fastly's purging API: https://www.fastly.com/documentation/reference/api/purging/
import purge;
import std;
import xkey;

backend origin { .host = "127.0.0.1"; .port = "@ORIGIN@"; }
acl purgers { "127.0.0.1"; }

sub vcl_recv {
  if (local.socket == "admin") { call fastly_api; }
  if (req.method == "PURGE" || req.method == "BAN") {
    if (client.ip !~ purgers || req.http.X-Purge-Token != "test-token") { return (synth(403, "Forbidden")); }
    if (req.http.xkey-purge) { set req.http.x-gone = xkey.purge(req.http.xkey-purge); return (synth(200, "Purged")); }
    if (req.method == "PURGE") { return (hash); }
    if (!req.http.X-Ban) { return (synth(400, "X-Ban is missing")); }
    # By what the object carries and not by the request, so that the ban lurker can work off the list.
    if (std.ban("obj.http.x-host == " + req.http.Host + " && obj.http.x-url ~ " + req.http.X-Ban)) { return (synth(200, "Banned")); }
    return (synth(400, std.ban_error()));
  }
  if (req.method != "GET" && req.method != "HEAD") { return (synth(405, "Method Not Allowed")); }
  return (hash);
}

sub fastly_api {
  if (req.http.Fastly-Key != "test-token") { return (synth(401, "Unauthorized")); }
  if (req.method != "POST") { return (synth(405, "Method Not Allowed")); }
  if (req.url ~ "^/service/SU1TEST/purge_all$") { std.ban("obj.status != 0"); return (synth(209, "all")); }
  if (req.url ~ "^/service/SU1TEST/purge$" && req.http.Surrogate-Key) {
    if (req.http.Fastly-Soft-Purge == "1") { set req.http.x-gone = xkey.softpurge(req.http.Surrogate-Key); }
    else { set req.http.x-gone = xkey.purge(req.http.Surrogate-Key); }
    return (synth(209, "keys"));
  }
  if (req.url !~ "^/purge/[^/]+/") { return (synth(404, "Record not found")); }
  set req.http.Host = regsub(req.url, "^/purge/([^/]+).*$", "\1");
  set req.url = regsub(req.url, "^/purge/[^/]+", "");
  set req.http.x-admin = "1";
  set req.method = "PURGE";
  return (hash);
}

sub vcl_hash {
  hash_data(req.url);
  hash_data(req.http.Host);
  return (lookup);
}

sub vcl_hit {
  if (req.method == "PURGE") {
    if (req.http.Fastly-Soft-Purge == "1") { purge.soft(0s); } else { purge.hard(); }
    return (synth(200, "Purged"));
  }
}

sub vcl_miss {
  if (req.method == "PURGE") { purge.hard(); return (synth(200, "Purged")); }
}

sub vcl_backend_response {
  set beresp.http.x-url = bereq.url;
  set beresp.http.x-host = bereq.http.Host;
  # S3 has no header Surrogate-Key; this is the line that docs/providers/fastly.md asks for.
  if (beresp.http.x-amz-meta-surrogate-key) { set beresp.http.xkey = beresp.http.x-amz-meta-surrogate-key; }
  if (beresp.status >= 400) { set beresp.ttl = 1h; }
  set beresp.grace = 10s;
}

sub vcl_deliver {
  set resp.http.X-Cache = "MISS";
  if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; }
  unset resp.http.x-url;
  unset resp.http.x-host;
  unset resp.http.xkey;
}

sub vcl_synth {
  if (resp.status == 209 || req.http.x-admin) {
    set resp.status = 200;
    set resp.http.Content-Type = "application/json";
    synthetic({"{"status":"ok","id":""} + req.xid + {"" }"});
    return (deliver);
  }
}

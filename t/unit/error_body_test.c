/* SPDX-License-Identifier: Apache-2.0 */
/* Unit test of core/error_body.c: formats, negotiation and sentences of docs/routing.md "Error bodies". */
#include "error_body.h"

#include <apr_general.h>

#include "tap.h"

static const struct {
    const char *accept;
    gw_body_format unless_told, want;
    const char *why;
} accepts[] = {
    { NULL, GW_BODY_JSON, GW_BODY_JSON, "no Accept: the writer's own choice, JSON" },
    { NULL, GW_BODY_PLAIN, GW_BODY_PLAIN, "no Accept: the writer's own choice, plain" },
    { "", GW_BODY_PLAIN, GW_BODY_PLAIN, "an empty Accept says nothing" },
    { " , ,", GW_BODY_PLAIN, GW_BODY_PLAIN, "only commas say nothing" },
    { "application/json", GW_BODY_PLAIN, GW_BODY_JSON, "JSON" },
    { "text/html", GW_BODY_JSON, GW_BODY_HTML, "HTML" },
    { "TEXT/HTML", GW_BODY_JSON, GW_BODY_HTML, "in any case" },
    { "application/xml", GW_BODY_JSON, GW_BODY_XML, "XML" },
    { "text/plain", GW_BODY_JSON, GW_BODY_PLAIN, "plain text" },
    { "application/*", GW_BODY_PLAIN, GW_BODY_JSON, "any application type: JSON" },
    { "text/*", GW_BODY_JSON, GW_BODY_PLAIN, "any text: plain" },
    { "*/*", GW_BODY_PLAIN, GW_BODY_JSON, "anything: JSON" },
    { "image/png", GW_BODY_PLAIN, GW_BODY_JSON, "a type that is none of ours: JSON" },
    { "text/html;q=0.5, application/xml;q=0.9", GW_BODY_JSON, GW_BODY_XML, "the highest q wins" },
    { "text/html, application/xml", GW_BODY_JSON, GW_BODY_HTML, "the first among equals" },
    { "text/html;q=0.9,*/*;q=0.8", GW_BODY_JSON, GW_BODY_HTML, "a browser" },
    { "text/html;q=0", GW_BODY_PLAIN, GW_BODY_PLAIN, "q=0 refuses" },
    { "text/html;q=0.001", GW_BODY_JSON, GW_BODY_HTML, "q has three digits" },
    { "text/html;q=0.0009", GW_BODY_JSON, GW_BODY_JSON, "and not four" },
    { "text/html;q=abc, text/plain;q=0.1", GW_BODY_JSON, GW_BODY_PLAIN, "a q that is no number is none" },
    { "text/html;level=1;q=0.2, text/plain;q=0.3", GW_BODY_JSON, GW_BODY_PLAIN, "q may come after other parameters" },
    { "text/html ; q=0.1 , text/plain ; Q=0.2", GW_BODY_JSON, GW_BODY_PLAIN, "white space and Q" },
    { "text/html;q=1.5, text/plain", GW_BODY_JSON, GW_BODY_HTML, "q beyond one is one" },
    { "text/html;q=", GW_BODY_PLAIN, GW_BODY_PLAIN, "an empty q refuses" },
    { "application/json; charset=utf-8", GW_BODY_PLAIN, GW_BODY_JSON, "a Content-Type reads the same way" },
};

static const struct {
    gw_body_format format;
    const char *message, *want, *why;
} bodies[] = {
    { GW_BODY_JSON, "Not found", "{\n  \"message\":\"Not found\"\n}", "JSON" },
    { GW_BODY_JSON, "a \"b\" \\ \n\x01", "{\n  \"message\":\"a \\\"b\\\" \\\\ \\u000a\\u0001\"\n}", "JSON is escaped" },
    { GW_BODY_JSON, "\xc3\xa4", "{\n  \"message\":\"\xc3\xa4\"\n}", "UTF-8 stays" },
    { GW_BODY_JSON, "\xff", "{\n  \"message\":\"\\ufffd\"\n}", "what is no UTF-8 is replaced" },
    { GW_BODY_HTML, "<b>",
      "<!doctype html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>Error</title>\n  </head>\n  <body>\n"
      "    <h1>Error</h1>\n    <p>&lt;b&gt;.</p>\n  </body>\n</html>\n", "HTML is escaped and ends in a full stop" },
    { GW_BODY_XML, "a & 'b' \"c\"",
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  <message>a &amp; &#39;b&#39; &quot;c&quot;</message>\n"
      "</error>\n", "XML is escaped" },
    { GW_BODY_XML, "a\x02" "b",
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  <message>a b</message>\n</error>\n",
      "no control characters in XML" },
    { GW_BODY_PLAIN, "Not found", "Not found\n", "plain text" },
    { GW_BODY_PLAIN, "", "\n", "an empty message" },
};

static const struct {
    int status;
    const char *ours, *engine;
    int grpc;
} sentences[] = {
    { 400, "Bad request", "Bad request", 3 },
    { 401, "Unauthorized", "Unauthorized", 16 },
    { 403, "Forbidden", "Forbidden", 7 },
    { 404, "Not found", "Not found", 5 },
    { 405, "Method not allowed", "Method not allowed", 3 },
    { 408, "Request timeout", "Request timeout", 3 },
    { 409, "Conflict", "The upstream server responded with 409", 6 },
    { 413, "Payload too large", "Payload too large", 3 },
    { 414, "URI too long", "URI too long", 3 },
    { 429, "Too many requests", "The upstream server responded with 429", 8 },
    { 499, "The upstream server responded with 499", "The upstream server responded with 499", 1 },
    { 500, "An unexpected error occurred", "An unexpected error occurred", 13 },
    { 501, "Not implemented", "Not implemented", 12 },
    { 502, "An invalid response was received from the upstream server",
      "An invalid response was received from the upstream server", 13 },
    { 503, "Service unavailable", "The upstream server is currently unavailable", 14 },
    { 504, "The upstream server is timing out", "The upstream server is timing out", 4 },
    { 200, "The upstream server responded with 200", "The upstream server responded with 200", 0 },
};

int main(void)
{
    apr_pool_t *p;
    char name[64];
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(accepts); i++)
        is_int(gw_body_negotiate(accepts[i].accept, accepts[i].unless_told), accepts[i].want, accepts[i].why);
    for (i = 0; i < COUNT(bodies); i++)
        is_str(gw_body_error(bodies[i].format, bodies[i].message, p), bodies[i].want, bodies[i].why);
    is_str(gw_body_content_type(GW_BODY_XML), "application/xml; charset=utf-8", "the type names the character set");
    is_str(gw_body_exit("x\"y", p), "{\"message\":\"x\\\"y\"}", "the plain exit is one line");
    for (i = 0; i < COUNT(sentences); i++) {
        snprintf(name, sizeof(name), "%d: a plugin's sentence", sentences[i].status);
        is_str(gw_status_text(sentences[i].status, p), sentences[i].ours, name);
        snprintf(name, sizeof(name), "%d: httpd's sentence", sentences[i].status);
        is_str(gw_engine_text(sentences[i].status, p), sentences[i].engine, name);
        snprintf(name, sizeof(name), "%d: grpc-status", sentences[i].status);
        is_int(gw_status_grpc(sentences[i].status), sentences[i].grpc, name);
    }
    is_int(gw_status_grpc(418), 3, "other 4xx");
    is_int(gw_status_grpc(599), 13, "other 5xx");
    is_str(gw_grpc_message("50% of \xc3\xa4\n", p), "50%25 of %C3%A4%0A", "grpc-message is printable ASCII");
    apr_terminate();
    return done();
}

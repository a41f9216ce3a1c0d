/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_tls_test.c - rows of certificates, snis and authorities in; names and what services show out: in whatever
 * order they come, and that nothing is freed while a snapshot shows it.
 */
#include <apr_general.h>

#include "certificate.h"
#include "entities.h"
#include "snapshot.h"
#include "tap.h"
#include "tls_entities.h"
#include "tls_made.h"
#include "trust.h"
#include "workshop_put.h"

static void put_certificate(gw_workshop *shop, const char *id, const made *pair)
{
    put(shop, &gw_entity_certificates, json_pack("{s:s, s:s, s:s}", "id", id, "cert", pair->cert, "key", pair->key));
}

static void put_sni(gw_workshop *shop, const char *id, const char *name, const char *certificate)
{
    put(shop, &gw_entity_snis, json_pack("{s:s, s:s, s:{s:s}}", "id", id, "name", name, "certificate", "id",
                                         certificate));
}

static void put_service(gw_workshop *shop, const char *id, const char *certificate, const char *authority)
{
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:i}", "id", id, "name", id, "protocol", "https", "host", "h", "port",
                            443);

    if (certificate != NULL)
        json_object_set_new(row, "client_certificate", json_pack("{s:s}", "id", certificate));
    if (authority != NULL)
        json_object_set_new(row, "ca_certificates", json_pack("[s]", authority));
    put(shop, &gw_entity_services, row);
}

static const unsigned char *mark_of(const gw_snapshot *snapshot, const char *name)
{
    const gw_certificate *found = gw_snapshot_certificate(snapshot, name);

    return found != NULL ? found->mark : NULL;
}

static int is_same(const unsigned char *a, const unsigned char *b)
{
    return a != NULL && b != NULL && memcmp(a, b, GW_CERTIFICATE_MARK) == 0;
}

static gw_trust *trust_of(const gw_snapshot *snapshot, const char *service)
{
    return gw_snapshot_trust(snapshot, gw_snapshot_service_by_name(snapshot, service));
}

static int has_warning(const gw_snapshot *snapshot, const char *code)
{
    const apr_array_header_t *list = gw_snapshot_warnings(snapshot);
    int i, n = 0;

    for (i = 0; i < list->nelts; i++)
        n += strcmp(APR_ARRAY_IDX(list, i, gw_warning).code, code) == 0;
    return n;
}

static void test_names(const made *a, const made *b)
{
    gw_workshop *shop = gw_workshop_make(release_worker);
    gw_snapshot *first, *second, *third;
    unsigned char old[GW_CERTIFICATE_MARK];

    put_sni(shop, "s1", "a.test", "c1"); /* before its certificate */
    first = gw_workshop_link(shop);
    ok(mark_of(first, "a.test") == NULL, "a name without its certificate");
    put_certificate(shop, "c1", a);
    put_sni(shop, "s2", "*.b.test", "c1");
    second = gw_workshop_link(shop);
    ok(mark_of(second, "a.test") != NULL && mark_of(second, "x.b.test") != NULL, "both names");
    ok(mark_of(second, "b.test") == NULL && mark_of(second, NULL) == NULL, "and no others");
    memcpy(old, mark_of(second, "a.test"), sizeof(old));
    put_certificate(shop, "c1", b);
    gw_workshop_remove(shop, &gw_entity_snis, "s2");
    third = gw_workshop_link(shop);
    ok(!is_same(mark_of(third, "a.test"), old), "the row changed: another certificate");
    ok(mark_of(third, "x.b.test") == NULL, "a name is gone");
    ok(is_same(mark_of(second, "x.b.test"), old), "an older snapshot shows what it did");
    gw_snapshot_destroy(shop, second);
    gw_workshop_remove(shop, &gw_entity_certificates, "c1");
    ok(mark_of(third, "a.test") != NULL, "what is gone lives as long as it is shown");
    gw_snapshot_destroy(shop, first);
    gw_snapshot_destroy(shop, third);
    put_certificate(shop, "c2", a);
    put_sni(shop, "s3", "*never.test", "c2");
    first = gw_workshop_link(shop);
    is_int(has_warning(first, "sni-never-matches"), 1, "a name that nobody has");
    gw_workshop_destroy(shop);
}

static void test_trusts(const made *a, const made *b, const made *ca, const made *weak)
{
    gw_workshop *shop = gw_workshop_make(release_worker);
    gw_snapshot *first, *second, *third;
    gw_trust *trust;

    nreleased = 0;
    put_certificate(shop, "c1", a);
    put(shop, &gw_entity_ca_certificates, json_pack("{s:s, s:s}", "id", "ca1", "cert", ca->cert));
    put_service(shop, "plain", NULL, NULL);
    put_service(shop, "shows", "c1", NULL);
    put_service(shop, "judges", NULL, "ca1");
    first = gw_workshop_link(shop);
    ok(trust_of(first, "plain") == NULL, "a service that needs nothing has nothing");
    ok(trust_of(first, "shows")->shown != NULL && trust_of(first, "shows")->trusted == NULL, "one that shows");
    ok(trust_of(first, "judges")->shown == NULL && trust_of(first, "judges")->trusted != NULL, "one that judges");
    trust = trust_of(first, "shows");
    trust->worker = shop; /* anything */
    put_certificate(shop, "c1", a);
    second = gw_workshop_link(shop);
    ok(trust_of(second, "shows") == trust, "the same content again: connections live on");
    put_certificate(shop, "c1", b);
    third = gw_workshop_link(shop);
    ok(trust_of(third, "shows") != trust && trust_of(third, "judges") == trust_of(first, "judges"),
       "another certificate: for those who show it alone");
    gw_snapshot_destroy(shop, first);
    is_int(nreleased, 0, "its connections live while a snapshot shows them");
    gw_snapshot_destroy(shop, second);
    is_int(nreleased, 1, "and no longer");
    gw_workshop_remove(shop, &gw_entity_ca_certificates, "ca1");
    put_certificate(shop, "c1", weak);
    first = gw_workshop_link(shop);
    ok(trust_of(first, "shows")->problem != NULL && trust_of(first, "shows")->shown == NULL, "one that cannot be shown");
    is_int(has_warning(first, "client-certificate-not-usable"), 1, "is told");
    is_int(has_warning(first, "certificate-not-usable"), 1, "of the certificate, too");
    ok(trust_of(first, "judges")->trusted != NULL, "an authority that is gone: nobody is trusted");
    is_int(has_warning(first, "ca-certificate-missing"), 1, "is told");
    put_service(shop, "shows", NULL, NULL);
    second = gw_workshop_link(shop);
    ok(trust_of(second, "shows") == NULL, "nothing to show any more");
    gw_workshop_destroy(shop);
}

int main(void)
{
    made a, b, ca, weak;

    apr_initialize();
    a = make_pair("a", 0, 0, 30);
    b = make_pair("b", 0, 0, 30);
    ca = make_pair("ca", 0, 1, 30);
    weak = make_pair("weak", 512, 0, 30);
    test_names(&a, &b);
    test_trusts(&a, &b, &ca, &weak);
    drop_pair(&a);
    drop_pair(&b);
    drop_pair(&ca);
    drop_pair(&weak);
    return done();
}

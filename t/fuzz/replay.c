/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - runs a fuzz target over its corpus, t/fuzz/corpus/<what>/ for fuzz_<what>, so that every input which once
 * mattered is tried in each check, without a fuzzer. TAP; a crash is the failure.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <apr_file_io.h>
#include <apr_strings.h>

static void replay(const char *path, apr_size_t size, apr_pool_t *p)
{
    uint8_t *bytes = malloc(size ? size : 1); /* of its exact size, so that ASan sees a byte too far */
    apr_file_t *file;
    apr_size_t got = 0;

    if (bytes == NULL || apr_file_open(&file, path, APR_READ | APR_BINARY, 0, p) != APR_SUCCESS)
        abort();
    if (size > 0 && apr_file_read_full(file, bytes, size, &got) != APR_SUCCESS)
        abort();
    LLVMFuzzerTestOneInput(bytes, got);
    apr_file_close(file);
    free(bytes);
}

int main(int argc, const char *const *argv)
{
    const char *top = getenv("GW_TEST_SRCDIR"), *folder;
    const char *name = strstr(argv[0], "fuzz_");
    apr_finfo_t info;
    apr_dir_t *dir;
    apr_pool_t *p;
    int n = 0;

    (void)argc;
    apr_initialize();
    apr_pool_create(&p, NULL);
    while (name != NULL && strstr(name + 1, "fuzz_") != NULL)
        name = strstr(name + 1, "fuzz_");
    if (name == NULL)
        return 2;
    folder = apr_pstrcat(p, top ? top : ".", "/t/fuzz/corpus/", name + strlen("fuzz_"), NULL);
    if (apr_dir_open(&dir, folder, p) != APR_SUCCESS) {
        printf("1..0 # SKIP no corpus at %s\n", folder);
        return 0;
    }
    while (apr_dir_read(&info, APR_FINFO_NAME | APR_FINFO_TYPE | APR_FINFO_SIZE, dir) == APR_SUCCESS) {
        if (info.filetype != APR_REG)
            continue;
        replay(apr_pstrcat(p, folder, "/", info.name, NULL), (apr_size_t)info.size, p);
        printf("ok %d - %s\n", ++n, info.name);
    }
    printf("1..%d\n", n);
    apr_pool_destroy(p);
    return 0;
}

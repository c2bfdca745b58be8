/* The sizes of everything that is laid out in our memory and filled by a library, or the other way
 * round. Debian 12's libraries for 32-bit boxes have 32 bits of time_t; we are built with 64. A
 * size that changes with it would be one struct with two meanings: tools/cross-test builds this
 * with both and compares what it prints. A library's type that comes into use is added here.
 */
#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <ini.h>
#include <lmdb.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <mbedtls/x509_crt.h>
#include <mbedtls/x509_csr.h>
#include <microhttpd.h>
#include <mosquitto.h>
#include <qrencode.h>
#include <stdio.h>
#include <time.h>
#include <uv.h>

#define TYPES(X)                                                                                   \
    X(MDB_envinfo)                                                                                 \
    X(MDB_stat)                                                                                    \
    X(MDB_val)                                                                                     \
    X(QRcode)                                                                                      \
    X(cJSON)                                                                                       \
    X(cJSON_Hooks)                                                                                 \
    X(curl_off_t)                                                                                  \
    X(mbedtls_ctr_drbg_context)                                                                    \
    X(mbedtls_entropy_context)                                                                     \
    X(mbedtls_pk_context)                                                                          \
    X(mbedtls_sha256_context)                                                                      \
    X(mbedtls_sha512_context)                                                                      \
    X(mbedtls_x509_crt)                                                                            \
    X(mbedtls_x509_time)                                                                           \
    X(mbedtls_x509write_cert)                                                                      \
    X(mbedtls_x509write_csr)                                                                       \
    X(struct curl_blob)                                                                            \
    X(struct curl_slist)                                                                           \
    X(struct mosquitto_message)                                                                    \
    X(union MHD_ConnectionInfo)                                                                    \
    X(uv_async_t)                                                                                  \
    X(uv_loop_t)                                                                                   \
    X(uv_pipe_t)                                                                                   \
    X(uv_poll_t)                                                                                   \
    X(uv_process_options_t)                                                                        \
    X(uv_process_t)                                                                                \
    X(uv_signal_t)                                                                                 \
    X(uv_thread_t)                                                                                 \
    X(uv_timer_t)                                                                                  \
    X(uv_work_t)

int main(void)
{
#define PRINT(type) printf("%s %zu\n", #type, sizeof(type));
    TYPES(PRINT)
#ifdef PH_PLANT
    PRINT(time_t) /* test of this test: the one type that does change */
#endif
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * How this copy was compiled, for reports and for tests that depend on it.
 */

#ifndef UVNET_BUILD_H_
#define UVNET_BUILD_H_

#define UVN_BUILD_COMPILER __VERSION__

#ifdef NDEBUG
#define UVN_BUILD_ASSERTIONS 0
#else
#define UVN_BUILD_ASSERTIONS 1
#endif

#ifdef __OPTIMIZE__
#define UVN_BUILD_OPTIMIZED 1
#else
#define UVN_BUILD_OPTIMIZED 0
#endif

#ifdef __SANITIZE_ADDRESS__
#define UVN_BUILD_SANITIZER "address"
#elif defined(__SANITIZE_THREAD__)
#define UVN_BUILD_SANITIZER "thread"
#else
#define UVN_BUILD_SANITIZER ""
#endif

#endif  /* UVNET_BUILD_H_ */

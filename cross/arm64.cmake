# cmake -DCMAKE_TOOLCHAIN_FILE=cross/arm64.cmake: 64-bit ARM, Debian's arm64.
set(triplet aarch64-linux-gnu)
set(qemu aarch64)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)

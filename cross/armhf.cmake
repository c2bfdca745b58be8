# cmake -DCMAKE_TOOLCHAIN_FILE=cross/armhf.cmake: 32-bit ARMv7 with floating point, Debian's armhf.
# Time and file offsets have 64 bits there too: CMakeLists.txt says so for every 32-bit build.
set(triplet arm-linux-gnueabihf)
set(qemu arm)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)

# What the toolchain files have in common; each sets `triplet` and `qemu` first. Compiler, libraries
# and pkg-config are Debian's own for the other architecture, side by side with the box's
# (tools/build-root makes a system that has them).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${triplet}-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
set(PKG_CONFIG_EXECUTABLE /usr/bin/${triplet}-pkg-config CACHE FILEPATH "of the other architecture")

# ctest and the launchers (cross/launchers.cmake) start foreign programs by it; no binfmt is needed.
set(CMAKE_CROSSCOMPILING_EMULATOR /usr/bin/qemu-${qemu}-static)

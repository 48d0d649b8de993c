# `cmake --install build/release --prefix DIR`: a relocatable tree. The proxy finds the worker beside itself, the worker
# its LibTorch by $ORIGIN, so the tree may be moved as a whole.
#   bin/                        pilotlight, pilotlight-worker
#   lib/pilotlight/             the libraries of LibTorch that the worker needs, and no others
#   lib/systemd/system/         the unit
#   share/pilotlight/           pilotlight.toml with every key, and the files of neighbours (HAProxy)
set_target_properties(pilotlight-worker PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/pilotlight")
install(TARGETS pilotlight pilotlight-worker RUNTIME DESTINATION bin)
# CMake replaces the path that it linked with itself, not one given to the linker by hand: nothing of the build machine
# may stay in front, or a moved tree works only where it was built.
install(CODE [[
  file(RPATH_SET FILE "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/bin/pilotlight-worker" NEW_RPATH "$ORIGIN/../lib/pilotlight")
]])

# Wheels and zips name their OpenMP differently (libgomp.so.1, libgomp-24e2ab19.so.1): taken as they are, for that is
# what libtorch_cpu asks for. A LibTorch that has none uses the system's.
file(GLOB TORCH_RUNTIME ${TORCH_DIR}/lib/libtorch_cpu.so* ${TORCH_DIR}/lib/libc10.so* ${TORCH_DIR}/lib/libgomp*.so*)
foreach(library ${TORCH_RUNTIME})
  file(REAL_PATH ${library} real)
  get_filename_component(name ${library} NAME)
  install(PROGRAMS ${real} DESTINATION lib/pilotlight RENAME ${name})
endforeach()

install(FILES config/pilotlight.toml config/haproxy.cfg DESTINATION share/pilotlight)
# The unit starts `pilotlight` by name: the bin/ of this installation comes first where it looks.
install(CODE "set(UNIT \"${CMAKE_SOURCE_DIR}/config/pilotlight.service\")")
install(CODE [[
  file(READ "${UNIT}" unit)
  string(REPLACE "PATH=/usr/local/bin" "PATH=${CMAKE_INSTALL_PREFIX}/bin:/usr/local/bin" unit "${unit}")
  file(WRITE "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/systemd/system/pilotlight.service" "${unit}")
]])

# Small programs for scripts/bench.sh, each benchmarks/<name>.cpp one: built in the release preset only.
# bare_* start LibTorch and nothing of ours; balance_* measure deciding code of the proxy; the others a part that proxy
# and worker share.
file(GLOB BENCHMARK_SOURCES CONFIGURE_DEPENDS benchmarks/*.cpp)
foreach(source ${BENCHMARK_SOURCES})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  if(name MATCHES "^bare_")
    target_link_libraries(${name} PRIVATE libtorch)
  elseif(name MATCHES "^(balance|decide)_")
    target_link_libraries(${name} PRIVATE pilotlight_core)
  else()
    target_link_libraries(${name} PRIVATE pilotlight_shared Threads::Threads)
  endif()
endforeach()

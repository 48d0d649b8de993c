# doctest: unit_tests (pure: no sleep, no socket) and process_tests (real processes).
find_package(doctest REQUIRED)
# Only where it is needed: with it in every command, a clone in another folder would find nothing in ccache.
set_source_files_properties(tests/process/worker_driver.cpp tests/process/worker_odd_models.cpp
  tests/unit/config_reference_test.cpp tests/unit/docs_keys_test.cpp tests/unit/docs_states_test.cpp
  PROPERTIES COMPILE_DEFINITIONS "PILOTLIGHT_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
file(GLOB UNIT_SOURCES CONFIGURE_DEPENDS tests/unit/*.cpp)
# What the worker decides without LibTorch is tested without it.
set(WORKER_DECIDES worker/batch_match.cpp worker/batch_pace.cpp)
if(UNIT_SOURCES)
  add_executable(unit_tests ${UNIT_SOURCES} ${WORKER_DECIDES})
  target_link_libraries(unit_tests PRIVATE pilotlight_core doctest::doctest)
  target_precompile_headers(unit_tests REUSE_FROM pilotlight_core)
  add_test(NAME unit COMMAND unit_tests)
endif()
file(GLOB PROCESS_SOURCES CONFIGURE_DEPENDS tests/process/*.cpp)
if(PROCESS_SOURCES)
  add_executable(process_tests ${PROCESS_SOURCES})
  target_link_libraries(process_tests PRIVATE pilotlight_core doctest::doctest)
  target_precompile_headers(process_tests REUSE_FROM pilotlight_core)
  if(PILOTLIGHT_WORKER)
    set(worker_binary ${PILOTLIGHT_WORKER})
  else()
    set(worker_binary $<TARGET_FILE:pilotlight-worker>)
    add_dependencies(process_tests pilotlight-worker)
  endif()
  add_library(nvidia-ml SHARED tests/nvml/driver.cpp)
  set_target_properties(nvidia-ml PROPERTIES VERSION 1 LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/nvml)
  add_dependencies(process_tests nvidia-ml)
  set_source_files_properties(tests/process/proxy_gpu_test.cpp
    PROPERTIES COMPILE_DEFINITIONS "PILOTLIGHT_TEST_NVML=\"${CMAKE_BINARY_DIR}/nvml/libnvidia-ml.so.1\"")
  add_library(refuses-fork SHARED tests/fork/refuses.cpp)
  set_target_properties(refuses-fork PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fork)
  add_dependencies(process_tests refuses-fork)
  set_source_files_properties(tests/process/proxy_starts_test.cpp
    PROPERTIES COMPILE_DEFINITIONS "PILOTLIGHT_TEST_FORK=\"${CMAKE_BINARY_DIR}/fork/librefuses-fork.so\"")
  target_compile_definitions(process_tests PRIVATE PILOTLIGHT_BINARY="$<TARGET_FILE:pilotlight>"
    PILOTLIGHT_WORKER_BINARY="${worker_binary}")
  add_dependencies(process_tests pilotlight)
endif()

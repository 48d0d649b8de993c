# The worker: LibTorch and nothing else of weight. LibTorch is TORCH_DIR, else the wheel in .venv.
set(PILOTLIGHT_WORKER "" CACHE FILEPATH "A worker that is already built: the tests use it, and none is built here")
if(PILOTLIGHT_WORKER)
  # The proxy looks for it beside itself.
  file(MAKE_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
  file(CREATE_LINK ${PILOTLIGHT_WORKER} ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/pilotlight-worker SYMBOLIC)
  return()
endif()
if(NOT TORCH_DIR)
  file(GLOB TORCH_CANDIDATES ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
  list(GET TORCH_CANDIDATES 0 TORCH_DIR)
endif()
if(NOT EXISTS ${TORCH_DIR}/lib/libtorch_cpu.so)
  message(FATAL_ERROR "LibTorch not found in '${TORCH_DIR}': run scripts/install.sh, or give TORCH_DIR (the folder with include/ and lib/)")
endif()
message(STATUS "LibTorch: ${TORCH_DIR}")

# The wheel's own CMake package pulls in libraries that serving does not need; two of them are enough.
add_library(libtorch INTERFACE)
target_include_directories(libtorch SYSTEM INTERFACE ${TORCH_DIR}/include ${TORCH_DIR}/include/torch/csrc/api/include)
target_link_libraries(libtorch INTERFACE ${TORCH_DIR}/lib/libtorch_cpu.so ${TORCH_DIR}/lib/libc10.so)
target_link_options(libtorch INTERFACE -Wl,--no-as-needed -Wl,--disable-new-dtags)
# Under address sanitizer the worker is instrumented too; under thread sanitizer LibTorch cannot be.
add_library(pilotlight_worker_sanitize INTERFACE)
if(PILOTLIGHT_SANITIZE MATCHES "address")
  target_link_libraries(pilotlight_worker_sanitize INTERFACE pilotlight_sanitize)
endif()

pilotlight_shared_library(pilotlight_shared_plain pilotlight_worker_sanitize)

file(GLOB WORKER_SOURCES CONFIGURE_DEPENDS worker/*.cpp)
add_executable(pilotlight-worker ${WORKER_SOURCES})
target_link_libraries(pilotlight-worker PRIVATE pilotlight_shared_plain libtorch)
# No precompiled header: each file includes just what it needs of LibTorch, and loading all of it (0.8 GB) takes longer.

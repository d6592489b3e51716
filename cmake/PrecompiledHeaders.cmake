# Libraries' headers take most of the compiler's time, so they are read once. Files include what they use all the
# same; -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON builds without.
set(maquette_common_headers
    <algorithm>
    <array>
    <atomic>
    <chrono>
    <cmath>
    <cstdint>
    <filesystem>
    <fstream>
    <functional>
    <map>
    <memory>
    <mutex>
    <numeric>
    <optional>
    <random>
    <set>
    <span>
    <sstream>
    <stop_token>
    <string>
    <string_view>
    <thread>
    <utility>
    <vector>
    <Eigen/Core>
    <Eigen/Geometry>
    <fmt/format.h>
    <nlohmann/json.hpp>)
set(maquette_torch_headers <torch/types.h> <ATen/Functions.h> <ATen/core/grad_mode.h>)
set(maquette_test_headers <gmock/gmock.h> <gtest/gtest.h>)

# maquette_headers(NAME HEADERS ... DEPENDS ...)
function(maquette_headers)
  cmake_parse_arguments(ARG "" "NAME" "HEADERS;DEPENDS" ${ARGN})
  set(source ${PROJECT_BINARY_DIR}/CMakeFiles/${ARG_NAME}.cpp)
  if(NOT EXISTS ${source})
    file(WRITE ${source} "\n")
  endif()
  add_library(${ARG_NAME} OBJECT ${source})
  target_link_libraries(${ARG_NAME} PRIVATE maquette_options Eigen3::Eigen fmt::fmt nlohmann_json::nlohmann_json ${ARG_DEPENDS})
  target_precompile_headers(${ARG_NAME} PRIVATE ${ARG_HEADERS})
endfunction()

# HEADERS of maquette_headers for a target; TORCH: those with LibTorch's, and few of its files at a time.
function(maquette_use_headers TARGET HEADERS TORCH)
  if(MAQUETTE_FUZZ)
    return()
  endif()
  if(TORCH)
    set(HEADERS ${HEADERS}_torch)
    set_target_properties(${TARGET} PROPERTIES JOB_POOL_COMPILE torch)
  endif()
  target_precompile_headers(${TARGET} REUSE_FROM ${HEADERS})
endfunction()

# Compiler flags of a target must be those its headers were read with; definitions that no header asks for may differ.
if(NOT MAQUETTE_FUZZ)
  # The C++ library's ABI that LibTorch was built with: one for all.
  target_compile_options(maquette_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:${TORCH_CXX_FLAGS}>)
  add_library(maquette_torch INTERFACE)
  target_include_directories(maquette_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(maquette_torch INTERFACE ${TORCH_LIBRARIES})
  maquette_headers(NAME maquette_headers HEADERS ${maquette_common_headers})
  maquette_headers(
    NAME maquette_headers_torch
    HEADERS ${maquette_common_headers} ${maquette_torch_headers}
    DEPENDS maquette_torch)
  if(MAQUETTE_TESTS)
    maquette_headers(
      NAME maquette_headers_test
      HEADERS ${maquette_common_headers} ${maquette_test_headers}
      DEPENDS GTest::gtest GTest::gmock)
    maquette_headers(
      NAME maquette_headers_test_torch
      HEADERS ${maquette_common_headers} ${maquette_torch_headers} ${maquette_test_headers}
      DEPENDS maquette_torch GTest::gtest GTest::gmock)
  endif()
endif()

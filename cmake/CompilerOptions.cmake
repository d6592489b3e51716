find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # With precompiled headers it asks to be told that macros of time are not used.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# Translation units that include LibTorch take over 1 GB each.
set_property(GLOBAL PROPERTY JOB_POOLS torch=2)

# Library headers come in as SYSTEM, so that the warnings are about this project's code alone.
add_library(maquette_options INTERFACE)
# GCC 12 reports -Wrestrict inside std::string's own operator+ (GCC bug 105329).
set(maquette_warnings -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
                      -Wno-missing-field-initializers $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> -Werror)
# nvcc has warnings of its own and hands the others to the host compiler.
target_compile_options(
  maquette_options INTERFACE "$<$<NOT:$<COMPILE_LANGUAGE:CUDA>>:${maquette_warnings}>"
                             "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings;-Xcompiler=$<JOIN:${maquette_warnings},$<COMMA>>>")
target_include_directories(maquette_options INTERFACE ${PROJECT_SOURCE_DIR})
if(CCACHE_PROGRAM AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(maquette_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()

if(MAQUETTE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=address,undefined)
endif()
if(MAQUETTE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=address,undefined)
endif()

# One folder, one library: maquette_library([TORCH] NAME target SOURCES ... DEPENDS ... PRIVATE_DEPENDS ...)
# TORCH: most of its files include LibTorch's headers.
function(maquette_library)
  cmake_parse_arguments(ARG "TORCH" "NAME" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(${ARG_NAME} STATIC ${ARG_SOURCES})
  target_link_libraries(${ARG_NAME} PUBLIC maquette_options ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS})
  maquette_use_headers(${ARG_NAME} maquette_headers ${ARG_TORCH})
endfunction()

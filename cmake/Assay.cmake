# assay_library(<name> [COLD] <sources>...) library assay_<name>; a model has <x> (the core) and <x>_module
# assay_test(<name> <sources>... LINKS ..) Boost.Test executable <name> and its ctest entry
# assay_fuzzer(<name> <sources>... LINKS ..)  with ASSAY_FUZZ a libFuzzer program, of the target `fuzzers`
# assay_cold(<targets>...)                 compiled for a short build
# assay_common_headers(<targets>...)       takes the headers that most sources include from their precompiled form
# assay_switches_stacks(<target>)          it has threads or fibers of its own making
# assay_embed(<target> <symbol> <file>)    makes the file's bytes `std::string_view assay::embedded::<symbol>()`
add_library(assay_options INTERFACE)
target_compile_features(assay_options INTERFACE cxx_std_20)
target_compile_options(assay_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -pthread
  -ffp-contract=off -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=
  # GCC 12 at -O2 and above sees overlaps and overflows inside std::string and std::vector that are not there.
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-stringop-overflow>")
target_include_directories(assay_options INTERFACE ${PROJECT_SOURCE_DIR})
# A precompiled header serves only those who were given the same macros: these, and -pthread, are everybody's.
target_link_libraries(assay_options INTERFACE fmt::fmt nlohmann_json::nlohmann_json)

set(ASSAY_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them: address,undefined or thread")
if(ASSAY_SANITIZE)
  target_compile_options(assay_options INTERFACE -fsanitize=${ASSAY_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(assay_options INTERFACE -fsanitize=${ASSAY_SANITIZE})
endif()

option(ASSAY_FUZZ "Build libFuzzer programs (clang)" OFF)
if(ASSAY_FUZZ)
  target_compile_options(assay_options INTERFACE -fsanitize=fuzzer-no-link)
  add_custom_target(fuzzers)
endif()

option(ASSAY_UNITY "Compile several sources at once" OFF)
find_program(ASSAY_CCACHE ccache)
if(ASSAY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,file_macro ${ASSAY_CCACHE})
endif()
# All symbols are bound at the start: bound when they are first called, they would spill registers to the stack, and what
# these hold may be secret.
target_link_options(assay_options INTERFACE -Wl,-z,relro,-z,now)

find_program(ASSAY_MOLD mold)
if(ASSAY_MOLD)
  target_link_options(assay_options INTERFACE -fuse-ld=mold)
endif()

# Half of a build from scratch would be the same few headers over and over. The preset dev goes without, so that a source
# which relies on a header that it does not include is found there.
option(ASSAY_COMMON_HEADERS "Precompile the headers that most sources include" OFF)
set(ASSAY_STANDARD_HEADERS <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <optional> <set> <span>
  <stdexcept> <string> <string_view> <variant> <vector>)

# Code that decides, reports and prints: its time is nothing beside the models that it drives, so building it fast counts.
function(assay_cold)
  foreach(target ${ARGN})
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
    set_target_properties(${target} PROPERTIES ASSAY_COLD ON)
  endforeach()
endfunction()

# GCC 12 may crash over a header that was precompiled with another -O: there is one for each.
foreach(headers assay_headers assay_cold_headers assay_test_headers)
  add_library(${headers} OBJECT ${PROJECT_SOURCE_DIR}/cmake/common_headers.cpp)
  target_link_libraries(${headers} PRIVATE assay_options)
  set_target_properties(${headers} PROPERTIES EXCLUDE_FROM_ALL ON)
  target_precompile_headers(${headers} PRIVATE ${ASSAY_STANDARD_HEADERS} <fmt/format.h> <nlohmann/json.hpp>)
endforeach()
assay_cold(assay_cold_headers assay_test_headers)
target_precompile_headers(assay_test_headers PRIVATE <boost/test/unit_test.hpp>)
target_link_libraries(assay_test_headers PRIVATE Boost::unit_test_framework)
target_compile_definitions(assay_test_headers PRIVATE BOOST_TEST_DYN_LINK)

# After a change of stack an exception makes ASan see overflows of stack objects that are not there. Heap and global
# objects stay watched, in the target and in who uses it.
function(assay_switches_stacks target)
  if(ASSAY_SANITIZE MATCHES address)
    target_compile_options(${target} PUBLIC
      "$<IF:$<CXX_COMPILER_ID:GNU>,--param=asan-stack=0,SHELL:-mllvm -asan-stack=0>")
  endif()
endfunction()

# After assay_cold().
function(assay_common_headers)
  if(NOT ASSAY_COMMON_HEADERS)
    return()
  endif()
  foreach(target ${ARGN})
    get_target_property(cold ${target} ASSAY_COLD)
    if(cold)
      target_precompile_headers(${target} REUSE_FROM assay_cold_headers)
    else()
      target_precompile_headers(${target} REUSE_FROM assay_headers)
    endif()
  endforeach()
endfunction()

function(assay_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "COLD" "" "")
  add_library(assay_${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  if(arg_COLD)
    assay_cold(assay_${name})
  endif()
  target_link_libraries(assay_${name} PUBLIC assay_options)
  assay_common_headers(assay_${name})
  set_target_properties(assay_${name} PROPERTIES UNITY_BUILD ${ASSAY_UNITY} UNITY_BUILD_BATCH_SIZE 12)
endfunction()

function(assay_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINKS")
  add_executable(${name} ${PROJECT_SOURCE_DIR}/cmake/test_main.cpp ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE assay_options ${arg_LINKS} Boost::unit_test_framework)
  target_compile_definitions(${name} PRIVATE BOOST_TEST_DYN_LINK)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${ASSAY_UNITY} UNITY_BUILD_BATCH_SIZE 10)
  assay_cold(${name})
  if(ASSAY_COMMON_HEADERS)
    target_precompile_headers(${name} REUSE_FROM assay_test_headers)
  endif()
  set_source_files_properties(${PROJECT_SOURCE_DIR}/cmake/test_main.cpp
    PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
  add_test(NAME ${name} COMMAND ${name} --catch_system_errors=no --color_output=no)
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77
    ENVIRONMENT "ASSAY_SOURCE=${PROJECT_SOURCE_DIR};SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1")
  set_property(GLOBAL APPEND_STRING PROPERTY ASSAY_TESTS "${name} $<TARGET_FILE:${name}>\n")
endfunction()

function(assay_fuzzer name)
  if(NOT ASSAY_FUZZ)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINKS")
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${arg_LINKS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers ${name})
endfunction()

# tests.txt in the build folder: a line per test program, for script/test.
function(assay_list_tests)
  get_property(tests GLOBAL PROPERTY ASSAY_TESTS)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/tests.txt CONTENT "${tests}")
endfunction()

function(assay_embed target symbol file)
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.cpp)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DSYMBOL=${symbol} -P ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/Embed.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
  set_source_files_properties(${out} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
endfunction()

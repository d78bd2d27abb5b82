# assay_library(<name> <sources>...)       library assay_<name>; a model has <x> (the core) and <x>_module
# assay_test(<name> <sources>... LINKS ..) Boost.Test executable <name> and its ctest entry
# assay_fuzzer(<name> <sources>... LINKS ..)  with ASSAY_FUZZ a libFuzzer program, of the target `fuzzers`
# assay_cold(<targets>...)                 compiled for a short build
# assay_embed(<target> <symbol> <file>)    makes the file's bytes `std::string_view assay::embedded::<symbol>()`
add_library(assay_options INTERFACE)
target_compile_features(assay_options INTERFACE cxx_std_20)
target_compile_options(assay_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  -ffp-contract=off -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=
  # GCC 12 at -O2 and above sees overlaps and overflows inside std::string and std::vector that are not there.
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-stringop-overflow>")
target_include_directories(assay_options INTERFACE ${PROJECT_SOURCE_DIR})

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
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 ${ASSAY_CCACHE})
endif()
find_program(ASSAY_MOLD mold)
if(ASSAY_MOLD)
  target_link_options(assay_options INTERFACE -fuse-ld=mold)
endif()

function(assay_library name)
  add_library(assay_${name} STATIC ${ARGN})
  target_link_libraries(assay_${name} PUBLIC assay_options)
  set_target_properties(assay_${name} PROPERTIES UNITY_BUILD ${ASSAY_UNITY} UNITY_BUILD_BATCH_SIZE 12)
endfunction()

# Code that decides, reports and prints: its time is nothing beside the models that it drives, so building it fast counts.
function(assay_cold)
  foreach(target ${ARGN})
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endforeach()
endfunction()

function(assay_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINKS")
  add_executable(${name} ${PROJECT_SOURCE_DIR}/cmake/test_main.cpp ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE assay_options ${arg_LINKS} Boost::unit_test_framework)
  target_compile_definitions(${name} PRIVATE BOOST_TEST_DYN_LINK)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${ASSAY_UNITY} UNITY_BUILD_BATCH_SIZE 10)
  assay_cold(${name})
  set_source_files_properties(${PROJECT_SOURCE_DIR}/cmake/test_main.cpp
    PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
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
  set_source_files_properties(${out} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# Writes OUT from IN with the commit of SOURCE as it is now; leaves the file alone when nothing changed. Run at
# every build: a commit that was true when the build was configured is not true for ever.
set(COMMIT unknown)
find_program(git git)
if(git)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env GIT_OPTIONAL_LOCKS=0
    ${git} -C ${SOURCE} describe --always --dirty --abbrev=40 --exclude=*
    OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed AND described MATCHES "^[0-9a-f]+(-dirty)?$")
    set(COMMIT ${described})
  endif()
endif()
configure_file(${IN} ${OUT} @ONLY)

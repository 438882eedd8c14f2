# The version of the snow.h that the package belongs to. Within a major version nothing is taken away, so a
# later one does where an earlier one is asked for.

get_filename_component(snow_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." REALPATH)
set(PACKAGE_VERSION "")
if(EXISTS "${snow_prefix}/include/snow.h")
    file(STRINGS "${snow_prefix}/include/snow.h" snow_line REGEX "^#define SNOW_VERSION_STRING ")
    string(REGEX REPLACE ".*\"(.*)\".*" "\\1" PACKAGE_VERSION "${snow_line}")
endif()

string(REGEX REPLACE "[.].*" "" snow_major "${PACKAGE_VERSION}")
if(PACKAGE_FIND_VERSION_RANGE)
    set(snow_least "${PACKAGE_FIND_VERSION_MIN}")
    set(snow_wanted_major "${PACKAGE_FIND_VERSION_MIN_MAJOR}")
    if(PACKAGE_VERSION VERSION_GREATER PACKAGE_FIND_VERSION_MAX
       OR (PACKAGE_FIND_VERSION_RANGE_MAX STREQUAL "EXCLUDE"
           AND PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION_MAX))
        set(snow_wanted_major "")
    endif()
else()
    set(snow_least "${PACKAGE_FIND_VERSION}")
    set(snow_wanted_major "${PACKAGE_FIND_VERSION_MAJOR}")
endif()

set(PACKAGE_VERSION_COMPATIBLE FALSE)
if(snow_least STREQUAL "" OR (snow_major STREQUAL snow_wanted_major
                              AND NOT PACKAGE_VERSION VERSION_LESS snow_least))
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_FIND_VERSION AND PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
endif()
